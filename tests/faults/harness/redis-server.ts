import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { until } from "./until.ts";

export interface RedisServer {
  url: string;
  flush(): Promise<void>;
  /** Ends it without saving and starts it again, empty, on the same port. */
  restart(downMs: number): Promise<void>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const admin = new Redis(url, { lazyConnect: true, retryStrategy: () => 100, maxRetriesPerRequest: null });
  // Restarts are the point of this: the client reconnects by itself.
  admin.on("error", () => undefined);
  let child: ChildProcess = launch(port, folder);
  await until("Redis answers", () => admin.ping().then(() => true));
  const stop = async (): Promise<void> => {
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  };
  return {
    url,
    flush: async () => void (await admin.flushall()),
    restart: async (downMs) => {
      await stop();
      await new Promise((resolve) => setTimeout(resolve, downMs));
      child = launch(port, folder);
      await until("Redis answers again", () => admin.ping().then(() => true));
    },
    close: async () => {
      admin.disconnect();
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function launch(port: number, folder: string): ChildProcess {
  return spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder],
    {
      stdio: "ignore",
    },
  );
}
