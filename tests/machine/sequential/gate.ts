/** The gate in TypeScript: the verdict of every hint of a batch, and what the batch leaves. */
import { move } from "./model.ts";
import type { ModelJob } from "./model.ts";
import type { ModelBulk } from "./run-recovery.ts";

export interface Limits {
  concurrency: number;
  firstStarts: number | null;
}
export interface World {
  jobs: ModelJob[];
  limits: Map<string, Limits>;
  /** First starts counted in this hour. */
  starts: Map<string, number>;
  /** Ventures whose first starts are used up: a block row. */
  startsBlocked: Set<string>;
  stops: { id: string; venture: string | null }[];
  bulks: ModelBulk[];
  floor: number;
}
export interface Hint {
  job: ModelJob;
  no: number;
}

export const running = (world: World, venture: string): number =>
  world.jobs.filter((job) => job.venture === venture && job.state === "running").length;

function judge(world: World, { job, no }: Hint, again: boolean): string {
  if (job.state !== "queued" || job.dispatchNo !== no || again) return "stale";
  if (!job.due) return "early";
  if (world.stops.some((stop) => stop.venture === null || stop.venture === job.venture)) return "blocked";
  if (job.runs.length === 0 && job.policy < world.floor) return "readmit";
  if (job.needsApproval && job.decided === null) return "held";
  return "ok";
}

/** Verdicts in the hints' order, then the moves. A claimed job gets a run without a token; the caller fills it in. */
export function claim(world: World, hints: readonly Hint[], worker: string): string[] {
  const seen = new Set<string>();
  const verdicts = hints.map((hint) => {
    const verdict = judge(world, hint, seen.has(hint.job.id));
    seen.add(hint.job.id);
    return verdict;
  });
  for (const [venture, limit] of world.limits) limitVenture(world, hints, verdicts, venture, limit);
  hints.forEach(({ job }, i) => {
    const verdict = verdicts[i];
    if (verdict === "ok") {
      verdicts[i] = "claimed";
      if (job.runs.length === 0) world.starts.set(job.venture, (world.starts.get(job.venture) ?? 0) + 1);
      move(job, "running", "claim_jobs");
      job.runs.push({ token: "", worker, outcome: null, aged: false, over: false });
    } else if (verdict === "limit" || verdict === "blocked") job.dispatchNo += 1;
    else if (verdict === "held") {
      move(job, "held", "claim_jobs");
      job.heldFor = "approval";
    } else if (verdict === "readmit") {
      move(job, "submitted", "readmit");
      job.decided = null;
    }
  });
  return verdicts;
}

/** In the order of the ids, as the rows are locked. */
function limitVenture(world: World, hints: readonly Hint[], verdicts: string[], venture: string, limit: Limits): void {
  const free = limit.concurrency - running(world, venture);
  const startsFree = (limit.firstStarts ?? Infinity) - (world.starts.get(venture) ?? 0);
  const passed = hints
    .map((hint, i) => ({ ...hint, i }))
    .filter(({ job, i }) => job.venture === venture && verdicts[i] === "ok")
    .toSorted((a, b) => (a.job.id < b.job.id ? -1 : 1));
  let firsts = 0;
  let started = 0;
  let refusedFirst = false;
  passed.forEach(({ job, i }, n) => {
    const first = job.runs.length === 0;
    if (first) firsts += 1;
    if (n + 1 > free || (first && firsts > startsFree)) {
      verdicts[i] = "limit";
      refusedFirst ||= first;
    } else if (first) started += 1;
  });
  if (refusedFirst && started >= startsFree) world.startsBlocked.add(venture);
}
