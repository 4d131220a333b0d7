import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { hostedAuthAdmin, type AuthAdmin } from "@holdpoint/db/auth-admin";
import { localAuthAdmin, MIGRATIONS_DIR } from "@holdpoint/local";
import { toHoldpointError } from "@holdpoint/db";
import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import type { Context } from "../core/context.ts";
import { localDataDir } from "./find.ts";
import { hostedProject } from "./hosted.ts";

export const MIGRATIONS = MIGRATIONS_DIR;

export interface Owner {
  client: pg.Client;
  admin: AuthAdmin;
}

/** Runs work on the database owner's connection, with the adapter that makes accounts. Ends the connection. */
export async function withOwner<T>(context: Context, work: (owner: Owner) => Promise<T>): Promise<T> {
  const hosted = context.dataDir === undefined ? hostedProject(context.env) : null;
  const secretKey = context.env["SUPABASE_SERVICE_ROLE_KEY"];
  if (hosted && !secretKey) throw missing("SUPABASE_SERVICE_ROLE_KEY");
  return withOwnerClient(context, (client) => {
    const admin =
      hosted && secretKey ? hostedAuthAdmin({ supabaseUrl: hosted.url, secretKey, client }) : localAuthAdmin(client);
    return work({ client, admin });
  });
}

/** Runs work on the database owner's connection and ends it. */
export async function withOwnerClient<T>(context: Context, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: await findOwnerUrl(context),
    application_name: "holdpoint-setup",
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw toHoldpointError(error);
  } finally {
    await client.end();
  }
}

/**
 * The owner's URL: HOLDPOINT_OWNER_DATABASE_URL for a hosted project, else the local stack's own, which only whoever
 * may read the data folder's secrets can put together.
 */
export async function findOwnerUrl(context: Context): Promise<string> {
  if (context.dataDir === undefined && hostedProject(context.env)) {
    const url = context.env["HOLDPOINT_OWNER_DATABASE_URL"];
    if (url) return url;
    throw missing("HOLDPOINT_OWNER_DATABASE_URL");
  }
  return localOwnerUrl(await localDataDir(context));
}

/** The owner's URL of the local stack in this folder. Throws unavailable when its secrets cannot be read. */
export async function localOwnerUrl(dataDir: string): Promise<string> {
  const secrets = await readJson(join(dataDir, "secrets", "local.json"), z.object({ postgres: z.string() }));
  const state = await readJson(join(dataDir, "state.json"), z.object({ ports: z.object({ postgres: z.int() }) }));
  return `postgres://postgres:${encodeURIComponent(secrets.postgres)}@127.0.0.1:${state.ports.postgres}/postgres`;
}

/** A JSON file of the data folder. Throws unavailable when it is missing or has another shape. */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new HoldpointError(
      "unavailable",
      "no_owner_access",
      `The local stack's owner access cannot be read (${path}).`,
      {
        field: "data-dir",
        remedy: "Start the local stack once, and run this as the user who runs it.",
        cause: error,
      },
    );
  }
}

function missing(name: string): HoldpointError {
  return new HoldpointError("invalid", "environment_missing", `${name} is MISSING.`, {
    field: name,
    remedy: `Set ${name} for this one command.`,
  });
}
