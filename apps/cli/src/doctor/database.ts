import pg from "pg";
import { readdir } from "node:fs/promises";
import { toHoldpointError } from "@holdpoint/db";
import { findOwnerUrl, MIGRATIONS } from "../connection/owner.ts";
import { check, type Check, type Checker } from "./check.ts";

/** The database answers on its own port, and has the schema that this version needs. */
export const checkDatabase: Checker = async (context) => {
  const owner = await findOwnerUrl(context).catch(() => null);
  if (owner) return [await asOwner(owner)];
  const worker = context.env["DATABASE_URL"];
  if (worker) return [await asWorker(worker)];
  return [check("database", "skip", "No database URL is known here; the data api is looked at instead.")];
};

async function asOwner(url: string): Promise<Check> {
  return await connected(url, async (client) => {
    const { rows } = await client.query<{ version: string }>(
      "select version from supabase_migrations.schema_migrations",
    );
    const applied = new Set(rows.map((row) => row.version));
    const files = (await readdir(MIGRATIONS))
      .filter((file) => file.endsWith(".sql"))
      .map((file) => file.split("_")[0] ?? "");
    const missing = files.filter((version) => !applied.has(version));
    const [{ server_version: server } = { server_version: "?" }] = (
      await client.query<{ server_version: string }>("show server_version")
    ).rows;
    const newest = files.toSorted().at(-1);
    return missing.length === 0
      ? check("database", "pass", `PostgreSQL ${server}, schema ${newest}.`)
      : check("database", "fail", `PostgreSQL ${server}; ${missing.length} migrations are missing.`, "holdpoint setup");
  });
}

async function asWorker(url: string): Promise<Check> {
  return await connected(url, async (client) => {
    await client.query("select holdpoint.control_no()");
    return check("database", "pass", "DATABASE_URL connects and may call the runtime functions.");
  });
}

async function connected(url: string, look: (client: pg.Client) => Promise<Check>): Promise<Check> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "holdpoint-doctor",
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await look(client);
  } catch (error) {
    const known = toHoldpointError(error);
    return check(
      "database",
      "fail",
      known.message,
      known.remedy ?? "Is PostgreSQL up, and is the URL's password right?",
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
