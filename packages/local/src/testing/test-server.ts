import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { migrate } from "@holdpoint/db/migrate";
import { setRolePasswords } from "@holdpoint/db/setup";
import { ensureRestRole } from "../lite/rest-role.ts";
import { ensureSystemSchema } from "../lite/system-schema.ts";
import { findBinaries } from "../postgres/binaries.ts";
import type { PostgresMajor } from "../postgres/binaries.ts";
import { initCluster, PostgresError, startServer } from "../postgres/cluster.ts";
import type { Cluster, RunningServer } from "../postgres/cluster.ts";
import { freePort } from "../process/free-port.ts";

// One server, one run, 127.0.0.1 only: every role of a test has this password.
export const TEST_PASSWORD = "holdpoint-test-password";
export const TEMPLATE = "holdpoint_template";
export const MIGRATIONS = path.resolve(import.meta.dirname, "../../../../supabase/migrations");

export interface TestServerOptions {
  /** Which PostgreSQL; default 18. */
  major?: PostgresMajor;
  /** `lite`: Supabase Lite's own auth schema (default on 18). `stub`: the few tables and functions that we use of it. */
  auth?: "lite" | "stub";
  /** Keep fsync and synchronous_commit on (default off, for speed). */
  durable?: boolean;
  /** More server settings. */
  settings?: Record<string, string>;
  /** `auth only`: the template has the auth schema and no migrations. */
  migrated?: "auth only";
}

export interface TestServer {
  /** Superuser's URL of the database `postgres`. */
  adminUrl: string;
  major: PostgresMajor;
  port: number;
  /**
   * Stops the server (`fast` by default) and leaves its data, for `startServer`. SIGQUIT and SIGKILL need `durable`:
   * without it the last commits would be lost, as no real server of ours may.
   */
  stopServer(signal?: "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void>;
  /** Starts it again on the same port. */
  startServer(): Promise<void>;
  /** Stops the server and removes everything. */
  close(): Promise<void>;
}

const FAST = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_wal_senders: "0",
  wal_level: "minimal",
};

const SETTINGS = {
  shared_buffers: "128MB",
  max_connections: "400",
  log_min_messages: "error",
  timezone: "UTC",
  log_timezone: "UTC",
};

/**
 * A PostgreSQL of its own in a temporary folder with a template database: auth schema, migrations, role passwords.
 * It dies with this process where the system allows it.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const major = options.major ?? 18;
  const root = mkdtempSync(path.join(tmpdir(), "holdpoint-test-"));
  chmodSync(root, 0o711);
  const cluster: Cluster = {
    binaries: findBinaries(major),
    dir: path.join(root, "postgres"),
    logFile: path.join(root, "postgres.log"),
  };
  const settings = { ...SETTINGS, ...(options.durable ? {} : FAST), ...options.settings };
  try {
    await initCluster(cluster, TEST_PASSWORD);
    let server = await startOnFreePort(cluster, settings);
    const port = server.port;
    const adminUrl = `postgres://postgres:${TEST_PASSWORD}@127.0.0.1:${port}/postgres`;
    await makeTemplate(adminUrl, options.auth ?? (major === 18 ? "lite" : "stub"), options.migrated !== "auth only");
    return {
      adminUrl,
      major,
      port,
      stopServer: async (signal = "SIGINT") => {
        if (signal !== "SIGINT" && !options.durable)
          throw new Error(`${signal} loses commits of a server that is not durable`);
        await endServer(server, signal);
      },
      startServer: async () => void (server = await startServer(cluster, port, settings)),
      close: async () => {
        await server.stop();
        rmSync(root, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

async function endServer(server: RunningServer, signal: "SIGINT" | "SIGQUIT" | "SIGKILL"): Promise<void> {
  process.kill(server.pid, signal);
  await server.ended;
}

async function startOnFreePort(cluster: Cluster, settings: Record<string, string>): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startServer(cluster, await freePort(), settings);
    } catch (error) {
      // Another process may take the port between our look and the server's start.
      if (attempt === 5 || !(error instanceof PostgresError)) throw error;
    }
  }
}

async function makeTemplate(adminUrl: string, auth: "lite" | "stub", migrated: boolean): Promise<void> {
  await runOn(adminUrl, `create database ${TEMPLATE}`);
  const url = databaseUrl(adminUrl, TEMPLATE);
  if (auth === "lite") await ensureSystemSchema(url);
  else await runOn(url, await readFile(path.join(import.meta.dirname, "auth-stub.sql"), "utf8"));
  if (migrated) {
    await migrate(url, { dir: MIGRATIONS });
    await setRolePasswords(url, { holdpoint_worker: TEST_PASSWORD, holdpoint_web: TEST_PASSWORD });
    if (auth === "lite") await ensureRestRole(url, TEST_PASSWORD);
  }
  // No connection may be open to a template while it is cloned, and nobody has business in it.
  await runOn(adminUrl, `alter database ${TEMPLATE} with allow_connections false is_template true`);
}

/** `url` with another database and, where given, another role (all roles of a test server share one password). */
export function databaseUrl(url: string, database: string, role?: string): string {
  const result = new URL(url);
  result.pathname = `/${database}`;
  if (role !== undefined) result.username = role;
  return result.href;
}

/** Runs statements as one connection's only work. */
export async function runOn(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
