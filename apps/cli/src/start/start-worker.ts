import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { listWorkers } from "@holdpoint/db/people";
import type { PeopleClient } from "@holdpoint/db/people";
import { startChild, supervise } from "@holdpoint/local";
import type { Child, LocalStack, Supervised } from "@holdpoint/local";
import { HoldpointError } from "@holdpoint/policy";
import type { Lane } from "@holdpoint/policy";

export interface WorkerOptions {
  checkout: string;
  stack: LocalStack;
  client: PeopleClient;
  lanes: Lane[];
  dev: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}

const READY_MS = 60_000;
// Its own limit for giving everything back is shorter.
const STOP_MS = 25_000;
/** Wrong command line, environment or handlers: starting it again will not help. */
const FINAL_CODES = [0, 2, 3];
/** Settings of the worker that a person may set for it. */
const PASSED_ON = [
  "REDIS_URL",
  "HOLDPOINT_HANDLERS",
  "HOLDPOINT_SLOTS",
  "HOLDPOINT_WORKER_NAME",
  "HOLDPOINT_LOG_LEVEL",
  "HOLDPOINT_ARTIFACTS_DIR",
  "HOLDPOINT_ANCHOR_FILE",
  "HOLDPOINT_QUEUE_PREFIX",
];

/**
 * Starts one worker with the given lanes and returns once it is registered and beats.
 * @throws HoldpointError internal `worker_failed`; the reason of `signal` when it is aborted.
 */
export async function startWorker(options: WorkerOptions): Promise<Supervised<Child>> {
  const logFile = path.join(options.stack.dataDir.logs, "worker.log");
  return await supervise({
    name: "The worker",
    start: () => startOnce(options, logFile),
    say: options.say,
    finalCodes: FINAL_CODES,
    onFinal: (code) =>
      options.say(
        code === 0
          ? "The worker was drained or killed and has left."
          : `The worker has left (exit code ${code}): read ${logFile}`,
      ),
  });
}

async function startOnce(options: WorkerOptions, logFile: string): Promise<Child> {
  const { checkout, stack, signal } = options;
  const before = new Set((await listWorkers(options.client)).map((worker) => worker.id));
  const child = startChild({
    args: [
      ...(options.dev ? ["--watch-preserve-output", "--watch"] : []),
      path.join(checkout, "apps/worker/src/main.ts"),
    ],
    cwd: checkout,
    env: {
      NODE_ENV: "production",
      DATABASE_URL: stack.urls.worker,
      HOLDPOINT_DATA_DIR: stack.dataDir.root,
      HOLDPOINT_LANES: options.lanes.join(","),
      ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
    },
    logFile,
    stopMs: STOP_MS,
  });
  if (await registers(options, child, before)) return child;
  await child.stop();
  signal.throwIfAborted();
  throw new HoldpointError("internal", "worker_failed", "The worker did not start.", { remedy: `Read ${logFile}` });
}

async function registers({ client, signal }: WorkerOptions, child: Child, before: Set<string>): Promise<boolean> {
  const ended = child.ended.then(() => true);
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline && !signal.aborted) {
    if ((await listWorkers(client)).some((worker) => !before.has(worker.id))) return true;
    if (await Promise.race([ended, delay(100, false)])) return false;
  }
  return false;
}
