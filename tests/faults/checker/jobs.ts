import { hasEnded, waitsForPerson } from "@holdpoint/policy";
import type { History, Violation } from "./history.ts";
import { streamsOf } from "./streams.ts";

/** Events that end a job for good. */
const ENDING = new Set([
  "succeeded",
  "canceled",
  "refused",
  "expired",
  "rejected",
  "decision.rejected",
  "decision.discarded",
]);

/** No job is lost: each acknowledged submit is there, and each job has ended or visibly waits for something. */
export function checkNothingLost(history: History): Violation[] {
  const byId = new Map(history.jobs.map((job) => [job.id, job]));
  const missing = history.calls
    .filter((call) => call.verb === "submit" && call.outcome === "ok" && call.jobId !== null && !byId.has(call.jobId))
    .map((call) => ({
      rule: "nothing lost",
      subject: String(call.jobId),
      finding: "its submit was acknowledged, and it is not there",
    }));
  const stuck = history.jobs
    .filter((job) => !hasEnded(job.state) && !waitsForPerson(job.state))
    .filter((job) => !(job.state === "queued" && (job.blockedBy !== null || job.runsLater)))
    .filter((job) => !(job.state === "submitted" && job.putOff))
    .map((job) => ({
      rule: "nothing lost",
      subject: job.id,
      finding: `it is still ${job.state}, and nothing says why`,
    }));
  return [...missing, ...stuck];
}

/**
 * What may be noted of a job that has ended: a late result, a receipt that comes late (it is true whenever it comes), how an
 * admin says an open effect ended, a replay, what people say. None of it moves the job.
 */
const AFTERWARDS = new Set(["late_result", "replayed", "effect.done", "effect.unknown", "effect.corrected", "comment"]);

/** Ended states stay ended: after an ending event nothing but such a note. */
export function checkEndedStaysEnded(history: History): Violation[] {
  const found: Violation[] = [];
  for (const [stream, events] of streamsOf(history.jobEvents)) {
    const end = events.findIndex((event) => ENDING.has(event.type));
    if (end < 0) continue;
    const after = events.slice(end + 1).find((event) => !AFTERWARDS.has(event.type));
    if (after) {
      found.push({
        rule: "ended stays ended",
        subject: stream,
        finding: `${after.type} follows ${events[end]?.type ?? ""}`,
      });
    }
  }
  return found;
}

/** The bound after the last fault within which everything has come to rest. */
export function checkSettled(history: History): Violation[] {
  if (history.settledAfterMs !== null && history.settledAfterMs <= history.settleBoundMs) return [];
  return [
    {
      rule: "settles",
      subject: "the fleet",
      finding: `not at rest ${history.settleBoundMs} ms after the last fault`,
    },
  ];
}
