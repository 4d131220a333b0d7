import type { History, RecordedJob, RecordedPause, RecordedRun, Violation } from "./history.ts";
import { streamsOf } from "./streams.ts";

/** Events that close the run they name. */
const CLOSING = new Set([
  "succeeded",
  "canceled",
  "stopped",
  "parked",
  "snoozed",
  "retry_planned",
  "held",
  "rejected",
  "expired",
  "dead",
  "quarantined",
  "lost",
]);

function runsOf(history: History): Map<string, RecordedRun[]> {
  const byJob = new Map<string, RecordedRun[]>();
  for (const run of history.runs) {
    const runs = byJob.get(run.jobId);
    if (runs) runs.push(run);
    else byJob.set(run.jobId, [run]);
  }
  for (const runs of byJob.values()) runs.sort((a, b) => a.runNo - b.runNo);
  return byJob;
}

/** No job runs twice at once: its runs follow each other, with rising tokens. */
export function checkOneRunAtATime(history: History): Violation[] {
  const found: Violation[] = [];
  for (const [jobId, runs] of runsOf(history)) {
    for (const [index, run] of runs.entries()) {
      const next = runs[index + 1];
      if (!next) continue;
      if (run.endedAt === null || run.endedAt > next.startedAt) {
        found.push({
          rule: "one run at a time",
          subject: jobId,
          finding: `run ${next.runNo} started before run ${run.runNo} had ended`,
        });
      }
      if (BigInt(next.token) <= BigInt(run.token)) {
        found.push({
          rule: "fencing",
          subject: jobId,
          finding: `the token of run ${next.runNo} is not above that of run ${run.runNo}`,
        });
      }
    }
  }
  return found;
}

/** What a run wrote was accepted only under its own token, while it was the open run. */
export function checkWritesUnderLease(history: History): Violation[] {
  const byJob = runsOf(history);
  return history.writes.flatMap((write) => {
    const run = byJob.get(write.jobId)?.find((candidate) => candidate.runNo === write.runNo);
    const subject = `${write.jobId} run ${write.runNo}`;
    if (!run || run.token !== write.token) {
      return [
        {
          rule: "writes under lease",
          subject,
          finding: "a write was accepted under a token that was never this run's",
        },
      ];
    }
    if (write.at < run.startedAt || (run.endedAt !== null && write.at > run.endedAt)) {
      return [{ rule: "writes under lease", subject, finding: "a write was accepted outside the run's life" }];
    }
    return [];
  });
}

/** The stream tells of runs in order: running n, its events, one closing event, before running n + 1. */
export function checkRunsInStreams(history: History): Violation[] {
  const found: Violation[] = [];
  for (const [stream, events] of streamsOf(history.jobEvents)) {
    let open: number | null = null;
    for (const event of events) {
      const fault = (finding: string) => found.push({ rule: "runs in streams", subject: stream, finding });
      if (event.type === "running") {
        if (open !== null) fault(`run ${event.run} starts while run ${open} is open`);
        open = event.run;
      } else if (event.run !== null) {
        if (event.run !== open)
          fault(`${event.type} of run ${event.run} while ${open === null ? "none" : `run ${open}`} is open`);
        if (CLOSING.has(event.type)) open = null;
      }
    }
  }
  return found;
}

/** From a stop's effective_at until it is lifted, nothing is claimed. */
export function checkStops(history: History): Violation[] {
  return history.stops.flatMap((stop) =>
    history.runs
      .filter((run) => run.startedAt > stop.effectiveAt && (stop.liftedAt === null || run.startedAt < stop.liftedAt))
      .map((run) => ({
        rule: "stops",
        subject: `${run.jobId} run ${run.runNo}`,
        finding: `claimed while stop ${stop.block} was in force`,
      })),
  );
}

/** From a pause's commit until it is resumed, nothing in its scope is claimed; what runs goes on. */
export function checkPauses(history: History): Violation[] {
  const jobs = new Map(history.jobs.map((job) => [job.id, job]));
  return history.pauses.flatMap((pause) =>
    history.runs
      .filter((run) => isWithin(run.startedAt, pause) && inScope(jobs.get(run.jobId), pause))
      .map((run) => ({
        rule: "pauses",
        subject: `${run.jobId} run ${run.runNo}`,
        finding: `claimed while ${pause.scope} ${pause.key} was paused`,
      })),
  );
}

/** A worker that was drained or killed claims nothing more, unless it was undrained. */
export function checkDrains(history: History): Violation[] {
  return history.drains.flatMap((drain) =>
    history.runs
      .filter((run) => run.workerId === drain.workerId && isWithin(run.startedAt, drain))
      .map((run) => ({
        rule: "drains",
        subject: `${run.jobId} run ${run.runNo}`,
        finding: `claimed by worker ${drain.workerId} after it was drained or killed`,
      })),
  );
}

const isWithin = (at: number, { from, until }: { from: number; until: number | null }): boolean =>
  at > from && (until === null || at < until);

function inScope(job: RecordedJob | undefined, { scope, key }: RecordedPause): boolean {
  if (job === undefined) return false;
  switch (scope) {
    case "everything":
      return true;
    case "lane":
      return (job.queue === "job" || job.queue === "priority" ? "build" : "eval") === key;
    case "queue":
    case "venture":
    case "type":
      return job[scope] === key;
    default:
      return scope satisfies never;
  }
}
