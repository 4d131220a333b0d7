/** The machine in TypeScript: what each call must answer and leave, built on the arrows of packages/policy. */
import { canMove, hasEnded, RETRY_RULES } from "@holdpoint/policy";
import type { ErrorClass, HeldReason, JobState, RetryTier, RunOutcome, TransitionFunction } from "@holdpoint/policy";
import { TYPES } from "../support/types.ts";
import type { TypeName } from "../support/types.ts";

const MAX_LOSSES = 10;
const DEATHS = 3;

export interface ModelRun {
  token: string;
  worker: string;
  outcome: RunOutcome | null;
  aged: boolean;
  over: boolean;
}
export interface ModelJob {
  id: string;
  type: TypeName;
  venture: string;
  urgent: boolean;
  state: JobState | null;
  dispatchNo: number;
  retriesUsed: number;
  losses: number;
  deaths: number;
  tier: RetryTier | null;
  needsApproval: boolean;
  policy: number;
  heldFor: HeldReason | null;
  decided: { verb: "approve" | "release"; runNo: number } | null;
  decidedFrom: JobState | null;
  everDecided: boolean;
  cancelRequested: boolean;
  /** run_at has come. */
  due: boolean;
  /** The time to decide, or to start by, has passed. */
  late: boolean;
  runs: ModelRun[];
  /** How many calls were answered, and the one that is open or was answered and not told yet. */
  calls: number;
  wait: ModelWait | null;
  /** Signals in the mailbox. */
  mailbox: number;
  waitsForSignal: boolean;
}
export interface ModelWait {
  kind: "approval" | "sleep" | "signal";
  answer: "approved" | "rejected" | null;
  /** The run and the retries used when it was answered. */
  runNo: number;
  retries: number;
}

export const newJob = (id: string, type: TypeName, venture: string, urgent: boolean): ModelJob => ({
  id,
  type,
  venture,
  urgent,
  state: null,
  dispatchNo: 0,
  retriesUsed: 0,
  losses: 0,
  deaths: 0,
  tier: null,
  needsApproval: false,
  policy: 0,
  heldFor: null,
  decided: null,
  decidedFrom: null,
  everDecided: false,
  cancelRequested: false,
  due: true,
  late: false,
  runs: [],
  calls: 0,
  wait: null,
  mailbox: 0,
  waitsForSignal: false,
});

/** Moves a job along an arrow of the machine; an arrow that is not there is a fault of this model. */
export function move(job: ModelJob, to: JobState, by: TransitionFunction): void {
  if (!canMove(job.state, to, by)) throw new Error(`the machine has no arrow ${job.state} to ${to} by ${by}`);
  if (job.state === "running") job.cancelRequested = false;
  job.state = to;
  job.heldFor = null;
  job.decidedFrom = null;
  job.waitsForSignal = false;
  if (to === "queued") job.dispatchNo += 1;
  if (to === "held" || to === "queued") job.late = false;
}

export const openRun = (job: ModelJob): ModelRun | null => (job.state === "running" ? (job.runs.at(-1) ?? null) : null);

export function admit(job: ModelJob, decision: "queued" | "held" | "refused", policy: number): boolean {
  if (job.state !== "submitted") return false;
  move(job, decision, "admit_jobs");
  job.policy = policy;
  job.needsApproval = decision === "held";
  job.tier = decision === "held" ? "approval_required" : TYPES[job.type].size === "large" ? "large" : "small";
  job.decided = null;
  if (decision === "held") job.heldFor = "approval";
  return true;
}

/** Where a counted failure leads: DESIGN.md, "Retry tiers". */
function afterFailure(job: ModelJob, error: ErrorClass): "queued" | "held" | "dead" | "quarantined" {
  const rules = RETRY_RULES[job.tier ?? "small"];
  if (error === "unsafe") return "quarantined";
  if (error !== "bad_input" && job.retriesUsed < rules.retries) return rules.retriesByItself ? "queued" : "held";
  const harmless = ["transient", "timeout", "lost"].includes(error) && TYPES[job.type].effect_kinds.length === 0;
  return harmless ? "dead" : "quarantined";
}

export interface Outcome {
  outcome: Exclude<RunOutcome, "lost">;
  error?: ErrorClass;
  /** The handler names its next try, or a park's end. */
  later?: boolean;
}

/** Settles the open run; the caller has checked that it is the one. */
export function settle(job: ModelJob, { outcome, error, later }: Outcome): void {
  const run = openRun(job);
  if (run === null) throw new Error("nothing runs");
  run.outcome = outcome;
  if (job.cancelRequested || outcome === "canceled") return move(job, "canceled", "settle_runs");
  if (outcome === "succeeded") return move(job, "succeeded", "settle_runs");
  if (outcome === "stopped") return lost(job, "settle_runs");
  if (outcome === "parked" || (later === true && error !== "unsafe" && error !== "bad_input")) {
    move(job, "queued", "settle_runs");
    job.due = false;
    return;
  }
  const to = afterFailure(job, error ?? "bug");
  move(job, to, "settle_runs");
  job.decided = null;
  if (to === "queued") {
    job.retriesUsed += 1;
    job.due = false;
  }
  if (to === "held") job.heldFor = "retry";
}

/** An uncounted loss: queued again with the decision that stands, until there were too many. */
function lost(job: ModelJob, by: "settle_runs" | "reap"): void {
  job.losses += 1;
  if (job.losses > MAX_LOSSES) {
    job.decided = null;
    return move(job, "dead", by);
  }
  move(job, "queued", by);
  job.due = true;
}

export function lose(job: ModelJob, death: boolean): void {
  const run = openRun(job);
  if (run === null) throw new Error("nothing runs");
  run.outcome = "lost";
  if (job.cancelRequested) return move(job, "canceled", "reap");
  if (death) job.deaths += 1;
  if (job.deaths >= DEATHS) {
    job.losses += 1;
    job.decided = null;
    return move(job, "quarantined", "reap");
  }
  lost(job, "reap");
}

export function cancel(job: ModelJob): "canceled" | "running" | "already_ended" {
  if (job.state === null || hasEnded(job.state)) return "already_ended";
  if (job.state === "running") {
    job.cancelRequested = true;
    return "running";
  }
  move(job, "canceled", "cancel");
  return "canceled";
}

export type Verb = "approve" | "reject" | "release" | "discard";
export function decide(job: ModelJob, verb: Verb): string {
  const asks =
    job.heldFor === "park" || job.state === "running" || (job.state === "queued" && job.runs.length > 0)
      ? job.wait
      : null;
  if (asks?.kind === "approval" && asks.answer === null && (verb === "approve" || verb === "reject")) {
    return answerRequest(job, asks, verb);
  }
  const waits = verb === "approve" || verb === "reject" ? ["approval"] : ["dead", "quarantined", "retry"];
  if (!waits.includes(job.heldFor ?? job.state ?? ""))
    return job.everDecided && job.state !== "held" ? "already_decided" : "not_waiting";
  if (job.state === "held" && job.late) return "expired";
  const from = job.state;
  const to = verb === "reject" ? "rejected" : verb === "discard" ? "discarded" : "queued";
  move(job, to, "decide");
  job.everDecided = true;
  if (verb === "reject" || verb === "discard") {
    job.decided = null;
    return to;
  }
  if (verb === "release" && from === "held") job.retriesUsed += 1;
  job.decided = { verb, runNo: job.runs.length };
  job.decidedFrom = from;
  job.due = job.urgent;
  return to;
}

/** What its run asks: on a job that is not held the answer is only recorded. */
function answerRequest(job: ModelJob, wait: ModelWait, verb: "approve" | "reject"): string {
  if (job.state === "held" && job.late) return "expired";
  job.everDecided = true;
  wait.answer = verb === "approve" ? "approved" : "rejected";
  wait.runNo = job.runs.length;
  wait.retries = job.retriesUsed;
  if (job.state !== "held") return job.state ?? "";
  move(job, verb === "approve" ? "queued" : "rejected", "decide");
  if (verb === "approve") {
    job.decidedFrom = "held";
    job.due = job.urgent;
  }
  return job.state;
}

/** What a run's call is told, and where its settlement leads. */
export function ask(job: ModelJob, kind: ModelWait["kind"], over: boolean): string {
  job.wait ??= { kind, answer: null, runNo: 0, retries: 0 };
  const { wait } = job;
  const told = (state: string): string => {
    job.wait = null;
    job.calls += 1;
    return state;
  };
  if (wait.kind === "sleep" && over) return told("woken");
  if (wait.kind === "signal" && job.mailbox > 0) {
    job.mailbox -= 1;
    return told("signal");
  }
  if (wait.answer === "rejected") return told("rejected");
  if (wait.answer === "approved" && wait.retries === job.retriesUsed) return "approved";
  wait.answer = null;
  return "park";
}

export function park(job: ModelJob): void {
  const run = openRun(job);
  if (run === null || job.wait === null) throw new Error("nothing parks");
  run.outcome = "parked";
  if (job.cancelRequested) return move(job, "canceled", "settle_runs");
  const { kind } = job.wait;
  move(job, kind === "approval" ? "held" : "queued", "settle_runs");
  if (kind === "approval") job.heldFor = "park";
  else job.due = false;
  job.waitsForSignal = kind === "signal";
}

export function decline(job: ModelJob): void {
  const run = openRun(job);
  if (run === null) throw new Error("nothing runs");
  run.outcome = "failed";
  move(job, "rejected", "settle_runs");
}

/** Whether it woke the job; null: it has ended. */
export function send(job: ModelJob): boolean | null {
  if (job.state === null || hasEnded(job.state)) return null;
  job.mailbox += 1;
  const wakes = job.state === "queued" && job.waitsForSignal;
  if (wakes) {
    job.waitsForSignal = false;
    job.dispatchNo += 1;
    job.due = true;
  }
  return wakes;
}

export function undo(job: ModelJob): string {
  const { decided, decidedFrom, wait } = job;
  const released = decided?.runNo === job.runs.length;
  if (job.state === "queued" && decidedFrom === "held" && !released && wait?.answer && wait.runNo === job.runs.length) {
    move(job, "held", "decide");
    job.heldFor = "park";
    wait.answer = null;
    return "held";
  }
  if (job.state !== "queued" || decidedFrom === null || decided === null || decided.runNo !== job.runs.length)
    return "too_late_to_undo";
  move(job, decidedFrom, "decide");
  if (decidedFrom === "held") {
    job.heldFor = decided.verb === "approve" ? "approval" : "retry";
    if (decided.verb === "release") job.retriesUsed -= 1;
  }
  job.decided = null;
  return decidedFrom;
}
