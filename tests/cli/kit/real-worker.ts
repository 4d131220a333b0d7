import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrateBullmqSchema } from "@holdpoint/queues";
import type { TestDatabase } from "@holdpoint/local/testing";

const MAIN = join(import.meta.dirname, "../../../apps/worker/src/main.ts");

/** A worker process with all lanes on this database, as `pnpm --filter worker start` runs it. Ready when this resolves. */
export async function startRealWorker(db: TestDatabase): Promise<{ stop(): Promise<void> }> {
  await migrateBullmqSchema(db.ownerUrl, "holdpoint_worker");
  const dataDir = await mkdtemp(join(tmpdir(), "holdpoint-cli-worker-"));
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH, HOME, DATABASE_URL: db.workerUrl, HOLDPOINT_DATA_DIR: dataDir, HOLDPOINT_WORKER_NAME: "real-1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  const ready = Promise.withResolvers<void>();
  let output = "";
  const hear = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    if (output.includes('"msg":"working"')) ready.resolve();
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  void ended.then(() => ready.reject(new Error(`the worker has ended:\n${output}`)));
  await ready.promise;
  return {
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
