import pg from "pg";
import type { Client } from "pg";
import { MigrationError } from "./errors.ts";
import { readMigrationFiles } from "./files.ts";
import type { MigrationFile } from "./files.ts";
import { pendingFiles, prepareHistory, readHistory } from "./history.ts";

// One number for every runner of Holdpoint's migrations, on any host.
const ADVISORY_LOCK = "7263450912";

export interface MigrateOptions {
  /** Folder of the migration files. */
  dir: string;
  /** Called with one line for each applied file. */
  log?: (line: string) => void;
}

export interface MigrateResult {
  /** Files applied by this call, oldest first. */
  applied: string[];
  /** The newest applied version. */
  version: string;
}

/**
 * Applies what is missing, each file in one transaction together with its row in Supabase's history table and its
 * sha256 in `holdpoint.migration_hashes`. Safe to repeat. `url` must be a direct or session-mode connection of the
 * role that owns the schema, because the lock belongs to the session.
 * @throws MigrationError; the files before the named one stay applied.
 */
export async function migrate(url: string, options: MigrateOptions): Promise<MigrateResult> {
  const files = await readMigrationFiles(options.dir);
  const client = await connect(url);
  try {
    const lock = await client.query<{ ok: boolean }>("select pg_try_advisory_lock($1) as ok", [ADVISORY_LOCK]);
    if (lock.rows[0]?.ok !== true) {
      throw new MigrationError("migration_running", "another migration is running on this database", {
        remedy: "Wait until it has ended, then try again.",
      });
    }
    await prepareHistory(client);
    const history = await readHistory(client);
    const pending = pendingFiles(files, history);
    await recordUnknownHashes(client, files, history.versions, history.hashes);
    for (const file of pending) {
      await applyFile(client, file);
      options.log?.(`applied ${file.file}`);
    }
    return { applied: pending.map((file) => file.file), version: files.at(-1)?.version ?? "" };
  } finally {
    await client.end();
  }
}

async function connect(url: string): Promise<Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "holdpoint-migrate",
    connectionTimeoutMillis: 10_000,
  });
  // A connection that dies under a query fails that query; without a listener it would also end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new MigrationError("migration_unreachable", `cannot connect as the owner: ${message}`, { cause: error });
  }
  return client;
}

/** A file that Supabase's own command line applied gets its hash now, so that a later edit is seen. */
async function recordUnknownHashes(
  client: Client,
  files: MigrationFile[],
  versions: Set<string>,
  hashes: Map<string, string>,
): Promise<void> {
  for (const file of files) {
    if (!versions.has(file.version) || hashes.has(file.version)) continue;
    await client.query("insert into holdpoint.migration_hashes (version, sha256) values ($1, $2)", [
      file.version,
      file.sha256,
    ]);
  }
}

async function applyFile(client: Client, file: MigrationFile): Promise<void> {
  await client.query("begin");
  try {
    await client.query(
      "set local lock_timeout = '10s'; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = '5min'",
    );
    await client.query(file.sql);
    await client.query(
      "insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)",
      [file.version, file.name, [file.sql]],
    );
    await client.query("insert into holdpoint.migration_hashes (version, sha256) values ($1, $2)", [
      file.version,
      file.sha256,
    ]);
    await client.query("commit");
    // A file may `set` something for its session; the next one starts clean.
    await client.query("reset all");
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    throw failure(file, error);
  }
}

function failure(file: MigrationFile, error: unknown): MigrationError {
  const where =
    error instanceof pg.DatabaseError && error.position !== undefined ? ` (line ${lineAt(file.sql, error)})` : "";
  const message = error instanceof Error ? error.message : String(error);
  return new MigrationError("migration_failed", `${file.file}${where}: ${message}`, { file: file.file, cause: error });
}

function lineAt(sql: string, error: pg.DatabaseError): number {
  return sql.slice(0, Number(error.position)).split("\n").length;
}
