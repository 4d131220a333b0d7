import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateBullmqSchema } from "@holdpoint/queues";
import type { TestDatabase } from "@holdpoint/local/testing";

const ROOT = join(import.meta.dirname, "../../..");

export interface WorkerProcess {
  output(): string;
  stop(): Promise<void>;
}

/** Starts a real worker, alone, on BullMQ's PostgreSQL backend, with the handlers of these tests. */
export async function startWorkerProcess(db: TestDatabase): Promise<WorkerProcess> {
  await migrateBullmqSchema(db.ownerUrl, "holdpoint_worker");
  const dataDir = await mkdtemp(join(tmpdir(), "holdpoint-e2e-worker-"));
  const child = spawn(process.execPath, [join(ROOT, "apps/worker/src/main.ts")], {
    env: {
      PATH: process.env["PATH"] ?? "",
      DATABASE_URL: db.workerUrl,
      HOLDPOINT_DATA_DIR: dataDir,
      HOLDPOINT_HANDLERS: join(import.meta.dirname, "../handlers"),
      HOLDPOINT_WORKER_NAME: "real-worker",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return {
    output: () => output,
    async stop() {
      if (child.exitCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
        await ended;
        clearTimeout(timer);
      }
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
