import { z } from "zod";
import { LABEL_MEANINGS } from "./labels.ts";
import type { Label, Labeled } from "./labels.ts";
import { leaseTimes } from "./lease-times.ts";

/**
 * What a worker reports with each heartbeat (workers.progress). Ages are differences that the worker measured itself,
 * in milliseconds, because its clock may be wrong.
 */
export const workerProgressSchema = z.looseObject({
  /** The longest the event loop was late since the last heartbeat. */
  event_loop_delay_ms: z.number().min(0),
  lanes: z.record(
    z.string(),
    z.looseObject({
      slots: z.int().min(0),
      busy: z.int().min(0),
      /** Hints received and not yet claimed or given back. */
      waiting: z.int().min(0).default(0),
      /** Since the lane's loop last went round. */
      turned_ago_ms: z.number().min(0),
      /** Since it last took a hint; null when it never did. */
      hint_ago_ms: z.number().min(0).nullable(),
    }),
  ),
});
export type WorkerProgress = z.infer<typeof workerProgressSchema>;

export interface WorkerFacts {
  readonly name: string;
  readonly leaseMs: number;
  /** Milliseconds since 1970, the database's clock, as `now`. */
  readonly heartbeatAt: number;
  readonly endedAt: number | null;
  readonly draining: boolean;
  readonly standby: boolean;
  /** An admin killed it. */
  readonly killed?: boolean;
  /** workers.progress as stored. */
  readonly progress: unknown;
}

/** An event loop later than this can't be trusted to renew its leases and abort in time. */
export const MAX_EVENT_LOOP_DELAY_MS = 5_000;

export type WorkerLabel = Extract<Label, "LIVE" | "FAILING" | "STALE" | "NOT VERIFIED" | "NOT RUNNING" | "PAUSED">;

/**
 * The label of a worker process: LIVE needs a heartbeat not older than two renewals and lanes that go round. A timer
 * that ticks is not a worker that works, so a fresh heartbeat with a lane that hangs is STALE.
 */
export function workerLabel(worker: WorkerFacts, now: number): Labeled<WorkerLabel> {
  const { renewEvery, quietAfter } = leaseTimes(worker.leaseMs);
  const freshFor = 2 * renewEvery;
  const ageMs = Math.max(0, now - worker.heartbeatAt);
  const say = (name: WorkerLabel, because: string): Labeled<WorkerLabel> => ({
    label: name,
    because,
    raisedBy:
      name === "STALE" || name === "NOT RUNNING"
        ? "A heartbeat with lanes that go round."
        : LABEL_MEANINGS[name].raisedBy,
    ageMs,
    fallsAt: name === "LIVE" || name === "PAUSED" ? worker.heartbeatAt + freshFor : null,
    evidence: [],
  });

  if (worker.endedAt !== null) return say("NOT RUNNING", `${worker.name} has ended.`);
  if (worker.killed === true) {
    return say(
      "NOT RUNNING",
      `${worker.name} was killed: it claims, renews and records nothing; what it ran is freed when it leaves, at the latest when its leases end.`,
    );
  }
  if (ageMs >= quietAfter)
    return say("NOT RUNNING", `${worker.name} has not been heard from for too long to hold its leases.`);
  if (ageMs >= freshFor) return say("STALE", `${worker.name} missed its heartbeat.`);
  const progress = workerProgressSchema.safeParse(worker.progress);
  if (!progress.success) return say("NOT VERIFIED", `${worker.name} beats but does not say what its lanes do.`);
  const hung = hungLane(progress.data, quietAfter);
  if (hung !== null) return say("STALE", `${worker.name} beats, but ${hung}.`);
  if (worker.draining) return say("PAUSED", `${worker.name} drains: it finishes what it runs and takes no new work.`);
  if (worker.standby) {
    return {
      ...say(
        "PAUSED",
        `${worker.name} is STANDBY: enough workers work already; it takes over when one of them leaves.`,
      ),
      raisedBy: "A working worker leaves, drains or dies, or max_workers is raised.",
    };
  }
  return say("LIVE", `${worker.name} beats and its lanes go round.`);
}

function hungLane(progress: WorkerProgress, quietAfter: number): string | null {
  if (progress.event_loop_delay_ms > MAX_EVENT_LOOP_DELAY_MS) {
    return `its event loop was ${Math.round(progress.event_loop_delay_ms / 1_000)} s late`;
  }
  for (const [lane, state] of Object.entries(progress.lanes)) {
    if (state.turned_ago_ms >= quietAfter) return `lane ${lane} does not go round`;
    const idle = state.busy < state.slots && state.waiting > 0;
    if (idle && (state.hint_ago_ms ?? Infinity) >= quietAfter)
      return `lane ${lane} has free slots and takes none of its hints`;
  }
  return null;
}
