import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import pg from "pg";
import { startTestServer } from "@holdpoint/local/testing";
import type {} from "@holdpoint/local/testing/global-setup";
import { migrateBullmqSchema, type QueueServer } from "../src/index.ts";

/** A queue server of the test's own, which it may stop, start and wipe. */
export interface QueueTestServer {
  readonly server: QueueServer;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Empties it while it runs. */
  wipe(): Promise<void>;
  close(): Promise<void>;
}

export async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  await once(listener, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export async function startRedis(...extra: string[]): Promise<QueueTestServer & { url: string }> {
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const start = async () => {
    child = spawn("redis-server", [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      dir,
      ...extra,
    ]);
    await withClient(url, (client) => client.ping());
  };
  const stop = async () => {
    if (child === null) return;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    child = null;
    await gone;
  };
  await start();
  return {
    url,
    server: { redisUrl: url },
    start,
    stop,
    wipe: async () => void (await withClient(url, (client) => client.flushall())),
    close: async () => {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function withClient<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 500 });
  client.on("error", () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

export interface PostgresQueueServer extends QueueTestServer {
  readonly adminUrl: string;
  /** One statement as superuser. */
  query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
}

/** A PostgreSQL with the schema migrated by its owner and a worker's login that may create nothing. */
export async function startPostgres(): Promise<PostgresQueueServer> {
  const server = await startTestServer({ durable: true, migrated: "auth only", settings: { max_connections: "60" } });
  const { adminUrl } = server;
  const query = async <Row extends pg.QueryResultRow>(sql: string) => {
    const client = new pg.Client({ connectionString: adminUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  await query("create role queue_worker login password 'queue-test'");
  await query("revoke create, temporary on database postgres from public");
  await migrateBullmqSchema(adminUrl, "queue_worker");
  const workerUrl = new URL(adminUrl);
  workerUrl.username = "queue_worker";
  workerUrl.password = "queue-test";
  return {
    adminUrl,
    query,
    server: { postgresUrl: workerUrl.href, schema: "bullmq" },
    stop: () => server.stopServer("SIGQUIT"),
    start: () => server.startServer(),
    wipe: async () => void (await query("truncate bullmq.job cascade")),
    close: () => server.close(),
  };
}
