import { dataOf, type History, type RecordedProvider, type RecordedRun, type Violation } from "./history.ts";
import { mostAtOnce } from "./limits.ts";

/**
 * All ventures share a provider's rate; while it is paused nothing that needs it starts; while it is down one run at a time
 * tries; and people hear of each pause and outage once.
 */
export function checkProviders(history: History): Violation[] {
  const types = new Map(history.jobs.map((job) => [job.id, job.type]));
  return history.providers.flatMap((provider) => {
    const runs = history.runs
      .filter((run) => provider.types.includes(types.get(run.jobId) ?? ""))
      .toSorted((a, b) => a.startedAt - b.startedAt);
    const findings = [
      ...pastRate(provider, runs),
      ...whilePaused(history, provider, runs),
      ...whileDown(history, provider, runs),
    ];
    return findings.map((finding) => ({ rule: "providers", subject: provider.name, finding }));
  });
}

/** A period is counted from its first start: within any time as long as one there are at most the starts of two. */
function pastRate({ rate }: RecordedProvider, runs: readonly RecordedRun[]): string[] {
  if (rate === null) return [];
  const late = runs.findIndex((run, n) => {
    const before = runs[n - 2 * rate.max];
    return before !== undefined && run.startedAt - before.startedAt < rate.perMicros;
  });
  return late < 0 ? [] : [`more than ${2 * rate.max} starts within a period, by ${runs[late]?.jobId}`];
}

/** From when the pause was told, which is after it holds, until it was to end at the earliest. */
function whilePaused(
  history: History,
  { name, pauseAlerts }: RecordedProvider,
  runs: readonly RecordedRun[],
): string[] {
  const paused = told(history, name, "provider.paused");
  const found = paused.flatMap(({ at, wakeAt }) =>
    runs
      .filter((run) => run.startedAt > at && run.startedAt < wakeAt)
      .map((run) => `${run.jobId} started while it was paused`),
  );
  if (pauseAlerts !== paused.length) found.push(`${pauseAlerts} alerts of ${paused.length} pauses`);
  return found;
}

function whileDown(history: History, { name, outageAlerts }: RecordedProvider, runs: readonly RecordedRun[]): string[] {
  const down = told(history, name, "provider.down");
  const up = told(history, name, "provider.up");
  const found: string[] = [];
  for (const [n, { at }] of down.entries()) {
    const end = up[n]?.at ?? Infinity;
    if (end < at || (down[n + 1]?.at ?? Infinity) < end) found.push("it went down and up again, and not by turns");
    const most = mostAtOnce(runs.filter((run) => run.startedAt > at && run.startedAt < end));
    if (most > 1) found.push(`${most} runs tried at once whether it is back`);
  }
  if (outageAlerts !== down.length) found.push(`${outageAlerts} alerts of ${down.length} outages`);
  return found;
}

function told(history: History, name: string, type: string): { at: number; wakeAt: number }[] {
  return history.ventureEvents
    .filter((event) => event.type === type && dataOf(event)["provider"] === name)
    .map((event) => ({ at: event.at, wakeAt: Number(dataOf(event)["wake_at"] ?? event.at) }))
    .toSorted((a, b) => a.at - b.at);
}
