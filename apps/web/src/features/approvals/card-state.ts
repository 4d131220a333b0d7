import type { JobDetail } from "@holdpoint/db/people";
import { person } from "../../ui/format.ts";

/** What the foot of the card offers. `open` waits for an answer; everything else says in one sentence what became of it. */
export type CardState =
  | { kind: "open"; verbs: readonly ["reject", "approve"] | readonly ["discard", "release"] }
  | { kind: "undo"; by: string; said: string; at: string; startsAt: string }
  | { kind: "claimed"; worker: string; startedAt: string; heardAt: string; cancelRequested: boolean }
  | { kind: "over"; sentence: string; at: string | null; reason: string | null };

const SAID = {
  approve: "approved",
  reject: "rejected",
  release: "released",
  discard: "discarded",
  undo: "took back",
} as const;

/** The state of a card, from what is recorded. */
export function cardState({ job, runs, decisions, now }: JobDetail): CardState {
  const last = decisions.at(-1);
  if (job.state === "held" && job.held_until !== null && job.held_until <= now) {
    return { kind: "over", sentence: "Expired. Nothing runs.", at: job.held_until, reason: null };
  }
  if (job.state === "held")
    return { kind: "open", verbs: job.held_for === "retry" ? ["discard", "release"] : ["reject", "approve"] };
  if (job.state === "dead" || job.state === "quarantined") return { kind: "open", verbs: ["discard", "release"] };
  if (job.state === "queued" && job.decided_from !== null && last) {
    return { kind: "undo", by: person(last.by), said: SAID[last.verb], at: last.at, startsAt: job.run_at };
  }
  const run = runs.at(-1);
  if (job.state === "running" && run) {
    return {
      kind: "claimed",
      worker: run.worker ?? "a worker",
      startedAt: run.started_at,
      heardAt: run.heartbeat_at,
      cancelRequested: job.cancel_requested_at !== null,
    };
  }
  if (job.state === "expired")
    return { kind: "over", sentence: "Expired. Nothing ran.", at: job.ended_at, reason: null };
  if (job.state === "rejected" || job.state === "discarded") {
    const who = last ? person(last.by) : "Somebody";
    return {
      kind: "over",
      sentence: `${who} ${job.state} this.`,
      at: last?.at ?? job.ended_at,
      reason: last?.reason ?? null,
    };
  }
  return {
    kind: "over",
    sentence: `This job is ${job.state}.`,
    at: job.ended_at ?? job.updated_at,
    reason: job.reason,
  };
}
