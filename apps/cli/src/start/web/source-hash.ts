import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";

// All that a production build of the dashboard reads, beside the packages that the lockfile names.
const SOURCES = [
  "apps/web/src",
  "apps/web/public",
  "apps/web/package.json",
  "apps/web/next.config.ts",
  "apps/web/postcss.config.mjs",
  "apps/web/tsconfig.json",
  "packages/db/src",
  "packages/db/package.json",
  "packages/policy/src",
  "packages/policy/package.json",
  "pnpm-lock.yaml",
  "tsconfig.base.json",
];

/** A hash that changes whenever the dashboard must be built again. Tests and what git ignores don't count. */
export async function sourceHash(checkout: string): Promise<string> {
  const hash = createHash("sha256").update(process.version);
  for (const source of SOURCES) {
    for (const file of await filesBelow(path.join(checkout, source))) {
      hash.update(`\0${path.relative(checkout, file)}\0`).update(await readFile(file));
    }
  }
  return hash.digest("hex");
}

async function filesBelow(start: string): Promise<string[]> {
  const entries = await readdir(start, { withFileTypes: true, recursive: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOTDIR") return null;
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
  if (entries === null) return [start];
  return entries
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
}
