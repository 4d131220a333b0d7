import type { History, RecordedRun, Violation } from "./history.ts";

/** Of the jobs that share a limit (a venture's, a type's, a concurrency key's) never more runs are open at once than it allows. */
export function checkLimits(history: History): Violation[] {
  const byJob = Map.groupBy(history.runs, (run) => run.jobId);
  return history.limits.flatMap(({ what, max, jobIds }) => {
    const most = mostAtOnce(jobIds.flatMap((id) => byJob.get(id) ?? []));
    return most > max
      ? [{ rule: "limits", subject: what, finding: `${most} runs were open at once, ${max} may be` }]
      : [];
  });
}

/** The most of these runs that were open at any moment. */
export function mostAtOnce(runs: readonly RecordedRun[]): number {
  const moments = runs
    .flatMap((run) => [
      { at: run.startedAt, change: 1 },
      { at: run.endedAt ?? Infinity, change: -1 },
    ])
    // What ends makes room for what begins at the same instant.
    .toSorted((a, b) => a.at - b.at || a.change - b.change);
  let open = 0;
  let most = 0;
  for (const { change } of moments) most = Math.max(most, (open += change));
  return most;
}
