import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { MigrationError } from "./errors.ts";

/** One file of `supabase/migrations`. */
export interface MigrationFile {
  file: string;
  version: string;
  name: string;
  sql: string;
  sha256: string;
}

const FILE_NAME = /^(\d{14})_(\w+)\.sql$/;

/**
 * Reads the migrations of a folder, oldest first. Other files are left alone.
 * @throws MigrationError `migrations_not_found` (no folder or no file), `migration_duplicate` (two files of one
 * version), `migration_commits` (a file that ends the runner's transaction).
 */
export async function readMigrationFiles(dir: string): Promise<MigrationFile[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    throw new MigrationError("migrations_not_found", `cannot read the migrations in ${dir}: ${error.message}`);
  });
  const files: MigrationFile[] = [];
  for (const file of names.toSorted()) {
    const match = FILE_NAME.exec(file);
    const [, version, name] = match ?? [];
    if (version === undefined || name === undefined) continue;
    if (files.at(-1)?.version === version) {
      throw new MigrationError("migration_duplicate", `two migrations have the version ${version}`, { file });
    }
    const sql = await readFile(path.join(dir, file), "utf8");
    // A transaction of the file's own would leave half of it behind when the other half fails.
    if (/^\s*(commit|rollback)\b[^;]*;/im.test(sql)) {
      throw new MigrationError("migration_commits", `${file} holds a commit or rollback of its own`, {
        file,
        remedy: "Leave it out: each file is applied in one transaction.",
      });
    }
    files.push({ file, version, name, sql, sha256: createHash("sha256").update(sql).digest("hex") });
  }
  if (files.length === 0) throw new MigrationError("migrations_not_found", `${dir} holds no migration`);
  return files;
}
