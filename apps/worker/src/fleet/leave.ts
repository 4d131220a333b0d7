import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { QueueTransport } from "@holdpoint/queues";
import type { Log } from "../log.ts";
import type { ControlLink } from "../runtime/control-link.ts";
import type { Heartbeater } from "../runtime/heartbeater.ts";
import type { HotCalls } from "../runtime/hot-calls.ts";
import type { LogWriter } from "../runtime/log-writer.ts";
import type { OpenRuns } from "../runtime/open-runs.ts";
import type { Duties } from "./duties.ts";

/** What leaving needs of a process. */
interface Leaving {
  readonly options: { log: Log };
  readonly transport: QueueTransport;
  readonly runs: OpenRuns;
  readonly calls: HotCalls;
  readonly duties: Duties;
  readonly logs: LogWriter;
  readonly heartbeater: Heartbeater;
  readonly control: ControlLink;
  /** Takes nothing new. */
  stopTaking(): void;
  /** The process's last word to the database. */
  sayGoodbye(reason: string): Promise<void>;
}

/** Handlers may end by themselves for this long; then they are aborted; then the process goes. All under 10 s. */
const GRACE_MS = 3_500;
const AFTER_ABORT_MS = 1_500;
const SETTLE_MS = 1_500;
const CLOSE_MS = 1_000;
const STUCK_MS = 1_000;
const GOODBYE_MS = 1_000;

/**
 * Leaves in the designed order: stop fetching, wait, abort, settle, release, close. Each step has its limit; a worker that
 * was killed does not wait.
 */
export async function leaveInOrder(fleet: Leaving, reason: string, graceMs = GRACE_MS): Promise<void> {
  const { log } = fleet.options;
  fleet.stopTaking();
  const duties = fleet.duties.close();
  log.info({ reason, running: fleet.runs.busy }, "leaving");
  log.debug({ counts: fleet.calls.counts }, "calls made");

  await until(() => fleet.runs.busy <= fleet.runs.stuck.size, graceMs);
  for (const run of fleet.runs.all()) run.abort("shutdown", "The worker leaves.");
  await until(() => fleet.runs.busy <= fleet.runs.stuck.size, AFTER_ABORT_MS);
  await until(() => fleet.calls.idle && fleet.runs.size <= fleet.runs.busy, SETTLE_MS);
  fleet.calls.giveUp();
  fleet.logs.giveUp();

  await within(CLOSE_MS, Promise.all([fleet.transport.close({ force: true }), fleet.control.close(), duties]));
  for (const run of fleet.runs.stuck) run.settleAsAborted();
  await until(() => fleet.calls.idle, STUCK_MS);
  fleet.heartbeater.close();
  fleet.runs.close();
  // Last, because from here on others may start what this process had: only the exit follows.
  const said = await within(GOODBYE_MS, fleet.sayGoodbye(reason));
  if (!said) log.warn("the database could not be told; leases are freed by the next start, or when they run out");
}

async function until(done: () => boolean, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  while (!done() && performance.now() < end) await sleep(20);
}

/** Whether the promise resolved in time; its failure counts as no. */
async function within(limitMs: number, promise: Promise<unknown>): Promise<boolean> {
  const outcome = promise.then(
    () => true,
    () => false,
  );
  return Promise.race([outcome, sleep(limitMs, false, { ref: false })]);
}
