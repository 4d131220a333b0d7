import { hasEnded, waitsForPerson, type JobState } from "@holdpoint/policy";
import { dataOf, type History, type RecordedDebounced, type RecordedEvent, type Violation } from "./history.ts";
import { streamsOf } from "./streams.ts";

/**
 * Of triggers in quick succession one job is made, with the payload of the last, at most the maximum delay after the
 * first; a trigger that came too late for it makes the next.
 */
export function checkDebounce(history: History): Violation[] {
  const streams = streamsOf(history.jobEvents);
  const states = new Map(history.jobs.map((job) => [job.id, job.state]));
  const found: Violation[] = [];
  const say = (subject: string, finding: string) => found.push({ rule: "debounce", subject, finding });
  for (const job of history.debounced) {
    if (job.ranWith !== null && job.ranWith !== job.n)
      say(job.jobId, `it ran with trigger ${job.ranWith} and says ${job.n}`);
    for (const late of putOffTooFar(job, streams.get(job.jobId) ?? [])) say(job.jobId, late);
  }
  const byId = new Map(history.debounced.map((job) => [job.jobId, job]));
  for (const { jobId, n } of history.triggers) {
    if (jobId === null) continue;
    const job = byId.get(jobId);
    if (job === undefined || job.n < n) say(jobId, `trigger ${n} was acknowledged, and it has ${job?.n ?? "none"}`);
    else if (isUnderWay(states.get(jobId) ?? "submitted")) say(jobId, `trigger ${job.n} has not come to anything`);
  }
  for (const [key, jobs] of Map.groupBy(history.debounced, (job) => job.key)) {
    for (const two of atOnce(jobs, streams)) say(key, two);
  }
  return found;
}

const isUnderWay = (state: JobState): boolean => !hasEnded(state) && !waitsForPerson(state);

/** Each trigger puts it off, never past the maximum since the first; one that comes later than that, not at all. */
function putOffTooFar({ maxDelayMicros }: RecordedDebounced, events: readonly RecordedEvent[]): string[] {
  const first = events[0]?.at ?? 0;
  return events.flatMap((event) => {
    const runAt = dataOf(event)["run_at"];
    if ((event.type !== "debounced" && event.type !== "readmitted") || typeof runAt !== "number") return [];
    return runAt <= Math.max(event.at, first + maxDelayMicros)
      ? []
      : [`a trigger put it off to ${runAt - first} µs after the first`];
  });
}

/** A key's next job is made only when the one before it has started or ended. */
function atOnce(jobs: readonly RecordedDebounced[], streams: ReadonlyMap<string, RecordedEvent[]>): string[] {
  const ids = jobs.map(({ jobId }) => jobId).toSorted();
  return ids.slice(1).flatMap((id, n) => {
    const before = ids[n] ?? "";
    const made = streams.get(id)?.[0]?.at ?? 0;
    const done = streams.get(before)?.find(({ type }) => DONE.has(type))?.at ?? Infinity;
    return done <= made ? [] : [`${id} was made while ${before} had not started`];
  });
}

const DONE = new Set(["running", "canceled", "expired", "refused", "rejected", "decision.rejected", "dead"]);
