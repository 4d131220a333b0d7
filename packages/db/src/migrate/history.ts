import type { Client } from "pg";
import { MigrationError } from "./errors.ts";
import type { MigrationFile } from "./files.ts";

/** What the database says about the migrations it has had. */
export interface History {
  /** Applied versions. */
  versions: Set<string>;
  /** sha256 of the text that was applied, where this runner (or an earlier check of it) saw the file. */
  hashes: Map<string, string>;
}

/**
 * Creates Supabase's own history table and our table of hashes where they are missing. Supabase's command line reads
 * and writes the first one, so either tool may apply a file; only ours refuses an edited one.
 */
export async function prepareHistory(client: Client): Promise<void> {
  await client.query(`
    create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
    alter table supabase_migrations.schema_migrations
      add column if not exists statements text[], add column if not exists name text;
    create schema if not exists holdpoint;
    create table if not exists holdpoint.migration_hashes (
      version text primary key, sha256 text not null, applied_at timestamptz not null default now());
    alter table holdpoint.migration_hashes enable row level security;
    revoke all on schema supabase_migrations from public;
    revoke all on holdpoint.migration_hashes from public`);
}

/** Reads the history. `prepareHistory` must have run. */
export async function readHistory(client: Client): Promise<History> {
  const applied = await client.query<{ version: string }>("select version from supabase_migrations.schema_migrations");
  const hashes = await client.query<{ version: string; sha256: string }>(
    "select version, sha256 from holdpoint.migration_hashes",
  );
  return {
    versions: new Set(applied.rows.map((row) => row.version)),
    hashes: new Map(hashes.rows.map((row) => [row.version, row.sha256])),
  };
}

/**
 * Which files are still to be applied, oldest first.
 * @throws MigrationError `migration_missing` (the database has one that no file holds), `migration_edited` (a file's
 * text is not what was applied), `migration_out_of_order` (a new file is older than the newest applied one).
 */
export function pendingFiles(files: MigrationFile[], history: History): MigrationFile[] {
  const known = new Set(files.map((file) => file.version));
  const last = [...history.versions].toSorted().at(-1) ?? "";
  for (const version of history.versions) {
    if (!known.has(version)) {
      throw new MigrationError("migration_missing", `the database has migration ${version}, but no file holds it`, {
        remedy: "Use the version of Holdpoint that made this database, or a newer one.",
      });
    }
  }
  const pending: MigrationFile[] = [];
  for (const file of files) {
    if (history.versions.has(file.version)) {
      const hash = history.hashes.get(file.version);
      if (hash !== undefined && hash !== file.sha256) {
        throw new MigrationError("migration_edited", `${file.file} was edited after it was applied`, {
          file: file.file,
          remedy: "Put the file back as it was, and write the change as a new migration.",
        });
      }
    } else if (file.version < last) {
      throw new MigrationError("migration_out_of_order", `${file.file} is older than ${last}, which is applied`, {
        file: file.file,
        remedy: "Give the new migration a later timestamp.",
      });
    } else {
      pending.push(file);
    }
  }
  return pending;
}
