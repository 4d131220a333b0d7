/**
 * Concurrency keys in TypeScript: who has a slot, who waits, who was canceled and why. Jobs that someone else has locked
 * are skipped, and their key is looked at again: by the janitor, or whoever frees a slot of it next.
 */
import type { Strategy } from "../support/keyed.ts";

export interface ModelJob {
  id: string;
  key: string;
  state: string;
  reason: string | null;
  runNo: number;
  retries: number;
  policy: number;
  /** run_at has come. */
  due: boolean;
  /** It waits for its key: out of dispatch. */
  waits: boolean;
  /** Its row among the members of a key, which it may have left without a word. */
  member: { key: string; slot: boolean } | null;
  /** jobs.slots names its key. */
  noted: boolean;
  needsApproval: boolean;
  approved: boolean;
  undoable: boolean;
  cancelRequested: boolean;
  token: string | null;
  worker: string | null;
}
export interface ModelKey {
  superseded: string | null;
  lookAgain: boolean;
  /** Slots of jobs that have entered another key since: the janitor finds them. */
  lost: number;
}
export interface World {
  strategy: Strategy;
  limit: number;
  jobs: ModelJob[];
  keys: Map<string, ModelKey>;
  /** Someone else holds their rows while the call runs. */
  locked: Set<string>;
  paused: boolean;
  /** The operator who approved is active. */
  approverActive: boolean;
  floor: number;
}

export const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);
const byKey = (a: ModelJob, b: ModelJob): number => (a.key === b.key ? byId(a, b) : a.key < b.key ? -1 : 1);

export function keyOf(world: World, key: string): ModelKey {
  const found = world.keys.get(key) ?? { superseded: null, lookAgain: false, lost: 0 };
  world.keys.set(key, found);
  return found;
}
const members = (world: World, key: string) => world.jobs.filter((job) => job.member?.key === key).toSorted(byId);
const slots = (world: World, key: string) =>
  members(world, key).filter((job) => job.member?.slot).length + keyOf(world, key).lost;

export function end(job: ModelJob, state: string, reason: string | null = null): void {
  Object.assign(job, { state, waits: false, noted: false, undoable: false, token: null, worker: null });
  if (reason !== null) job.reason = reason;
}

function cancelByKey(job: ModelJob, reason: string): void {
  if (job.state === "running") requestCancel(job, reason);
  else if (job.state === "queued") end(job, "canceled", reason);
}

/** The first reason counts. */
function requestCancel(job: ModelJob, reason: string): void {
  if (!job.cancelRequested) Object.assign(job, { cancelRequested: true, reason });
}

/** False: some are left, because someone has them locked. */
function cancelSuperseded(world: World, key: string): boolean {
  const { superseded } = keyOf(world, key);
  if (superseded === null) return true;
  let all = true;
  for (const job of members(world, key)) {
    if (job.id >= superseded || (job.member?.slot && world.strategy !== "cancel_old")) continue;
    if (world.locked.has(job.id)) {
      all = false;
      continue;
    }
    cancelByKey(job, "superseded");
    if (job.state !== "running") job.member = null;
  }
  return all;
}

/** Free slots go to the first that wait. */
export function fill(world: World, key: string): void {
  const row = keyOf(world, key);
  let again = !cancelSuperseded(world, key);
  let free = world.limit - slots(world, key);
  for (const job of members(world, key)) {
    if (free <= 0) break;
    if (job.member?.slot || (row.superseded !== null && job.id < row.superseded)) continue;
    if (world.locked.has(job.id)) again = true;
    else if (job.state !== "queued" || !job.waits) job.member = null;
    else {
      Object.assign(job, { member: { key, slot: true }, waits: false, noted: true, due: true });
      free -= 1;
    }
  }
  if (again) row.lookAgain = true;
  // A key that nobody is in is forgotten, and with it that somebody should look.
  else if (row.superseded === null && row.lost === 0 && members(world, key).length === 0) row.lookAgain = false;
}

/** A queued job comes due. */
export function enter(world: World, job: ModelJob): "ok" | "limit" | "stale" {
  const row = keyOf(world, job.key);
  if (job.member !== null && job.member.key !== job.key && job.member.slot) keyOf(world, job.member.key).lost += 1;
  job.member = null;
  if (row.superseded !== null && job.id < row.superseded) {
    cancelByKey(job, "superseded");
    fill(world, job.key);
    return "stale";
  }
  const full = () => slots(world, job.key) >= world.limit;
  if (world.strategy === "cancel_old" || (full() && world.strategy === "newest_waiting")) {
    row.superseded = job.id;
    if (!cancelSuperseded(world, job.key)) row.lookAgain = true;
  }
  const busy = full();
  if (busy && world.strategy === "skip" && job.runNo === 0) {
    cancelByKey(job, "concurrency_key_busy");
    return "stale";
  }
  Object.assign(job, { member: { key: job.key, slot: !busy }, waits: busy, noted: !busy });
  return busy ? "limit" : "ok";
}

/** These have left: in the order of their keys. */
export function leave(world: World, jobs: readonly ModelJob[]): void {
  const keys = new Set(jobs.flatMap((job) => job.member?.key ?? []));
  for (const key of [...keys].toSorted()) {
    for (const job of jobs) if (job.member?.key === key) job.member = null;
    fill(world, key);
  }
}

export function admit(
  world: World,
  jobs: readonly { job: ModelJob; key: string; decision: "queued" | "held" }[],
): number {
  const mine = jobs.filter(({ job }) => job.state === "submitted");
  for (const { job, key, decision } of mine) {
    Object.assign(job, { key, state: decision, policy: world.floor, approved: false });
    job.needsApproval = decision === "held";
  }
  const due = mine.map(({ job }) => job).filter((job) => job.state === "queued" && job.due);
  for (const job of due.toSorted(byKey)) if (job.state === "queued") enter(world, job);
  return mine.length;
}

/** The verdicts of a claim, in the order of the jobs given. */
export function claim(world: World, jobs: readonly ModelJob[], worker: string): string[] {
  const verdicts = new Map<ModelJob, string>(
    jobs.map((job) => {
      if (job.state !== "queued") return [job, "stale"];
      if (!job.due || job.waits) return [job, "early"];
      if (world.paused) return [job, "blocked"];
      if (job.runNo === 0 && job.policy < world.floor) return [job, "readmit"];
      if (job.needsApproval && !(job.approved && world.approverActive)) return [job, "held"];
      return [job, "ok"];
    }),
  );
  const passed = jobs.filter((job) => verdicts.get(job) === "ok").toSorted(byKey);
  for (const job of passed) {
    const has = job.noted && job.member?.slot === true && job.member.key === job.key;
    if (!has && job.state === "queued") verdicts.set(job, enter(world, job));
  }
  // One of the batch may have superseded another.
  for (const job of jobs) if (job.state !== "queued") verdicts.set(job, "stale");
  for (const [job, verdict] of verdicts) {
    if (verdict === "ok") {
      verdicts.set(job, "claimed");
      Object.assign(job, { state: "running", worker, undoable: false, runNo: job.runNo + 1 });
    } else if (verdict === "held") Object.assign(job, { state: "held", approved: false, undoable: false });
    else if (verdict === "readmit")
      Object.assign(job, { state: "submitted", approved: false, undoable: false, noted: false });
  }
  return jobs.map((job) => verdicts.get(job) ?? "");
}

export type Outcome = "succeeded" | "retry" | "failed" | "stopped" | "parked" | "lost";

/** Ends runs in one call; what they held goes on after all of them. */
export function settle(world: World, runs: readonly { job: ModelJob; outcome: Outcome }[]): void {
  for (const { job, outcome } of runs) {
    Object.assign(job, { noted: false, token: null, worker: null });
    if (job.cancelRequested) end(job, "canceled");
    else if (outcome === "succeeded") end(job, "succeeded");
    else if (outcome === "stopped" || outcome === "lost") Object.assign(job, { state: "queued", due: true });
    else if (outcome === "parked") Object.assign(job, { state: "queued", due: false });
    else if (outcome === "failed") end(job, "quarantined");
    else if (job.needsApproval || job.retries >= 3) end(job, "dead");
    else Object.assign(job, { state: "queued", due: false, retries: job.retries + 1 });
  }
  leave(
    world,
    runs.map(({ job }) => job),
  );
}

export function cancel(world: World, job: ModelJob): string {
  if (job.state === "running") {
    requestCancel(job, "a test");
    return "running";
  }
  end(job, "canceled", "a test");
  leave(world, [job]);
  return "canceled";
}

/** The janitor: slots whose jobs left without a word, and what was skipped. */
export function tend(world: World): void {
  const gone = (job: ModelJob) =>
    job.member?.slot === true && !((job.state === "queued" || job.state === "running") && job.noted);
  const left = world.jobs.filter((job) => gone(job) && !world.locked.has(job.id));
  const keys = new Set([...world.keys].filter(([, row]) => row.lookAgain || row.lost > 0).map(([key]) => key));
  for (const job of left) if (job.member !== null) keys.add(job.member.key);
  for (const key of [...keys].toSorted()) {
    Object.assign(keyOf(world, key), { lookAgain: false, lost: 0 });
    for (const job of left) if (job.member?.key === key) job.member = null;
    fill(world, key);
  }
}
