import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { SYNC_SETTINGS } from "@holdpoint/local";
import { createTestDatabase, startTestServer, type TestDatabase } from "@holdpoint/local/testing";
import { migrateBullmqSchema } from "@holdpoint/queues";

/** Durability on; memory as a small server would have it. Printed with the figures. */
export const POSTGRES_SETTINGS: Readonly<Record<string, string>> = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  // For the latency benchmark: when a submit was committed.
  track_commit_timestamp: "on",
  ...SYNC_SETTINGS,
};

export interface Postgres {
  readonly adminUrl: string;
  /** A fresh database with Holdpoint's migrations and BullMQ's schema, granted to the worker. */
  createDatabase(): Promise<TestDatabase>;
  close(): Promise<void>;
}

export async function startPostgres(): Promise<Postgres> {
  const server = await startTestServer({ durable: true, settings: { ...POSTGRES_SETTINGS } });
  return {
    adminUrl: server.adminUrl,
    createDatabase: async () => {
      const db = await createTestDatabase({ adminUrl: server.adminUrl, poolSize: 2 });
      await migrateBullmqSchema(db.ownerUrl, "holdpoint_worker");
      return db;
    },
    close: () => server.close(),
  };
}

export interface RedisServer {
  readonly url: string;
  readonly pid: number;
  wipe(): Promise<void>;
  close(): Promise<void>;
}

/** Without persistence, which favours the bare queue: ours keeps nothing there. */
export async function startRedis(): Promise<RedisServer> {
  const dir = mkdtempSync(join(tmpdir(), "holdpoint-bench-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const child = spawn("redis-server", ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--dir", dir]);
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 250 });
  client.on("error", () => undefined);
  await client.ping();
  return {
    url,
    pid: child.pid ?? 0,
    wipe: async () => void (await client.flushall()),
    close: async () => {
      client.disconnect();
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  listener.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
