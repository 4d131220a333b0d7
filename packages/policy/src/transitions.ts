import type { JobState } from "./states.ts";

export const TRANSITION_FUNCTIONS = [
  "submit_job",
  "admit_jobs",
  "decide",
  "expire",
  "claim_jobs",
  "readmit",
  "settle_runs",
  "reap",
  "cancel",
] as const;
export type TransitionFunction = (typeof TRANSITION_FUNCTIONS)[number];

export type Mover =
  | "approver"
  | "schedule"
  | "webhook"
  | "run"
  | "admission"
  | "janitor"
  | "gate"
  | "policy activation"
  | "worker";

/** One arrow of the state machine. `from` null: the job comes into being. */
export interface Transition {
  readonly from: JobState | null;
  readonly to: JobState;
  /** The name DESIGN.md gives the function; `expire` and `cancel` are expire_jobs() and cancel_job() in SQL. */
  readonly by: TransitionFunction;
  readonly who: readonly Mover[];
}

type Row = readonly [
  from: readonly (JobState | null)[],
  to: readonly JobState[],
  by: TransitionFunction,
  who: readonly Mover[],
];

// The rows of DESIGN.md, "A job's states", in its order.
const ROWS: readonly Row[] = [
  [[null], ["submitted"], "submit_job", ["approver", "schedule", "webhook", "run"]],
  [["submitted"], ["queued", "held", "refused"], "admit_jobs", ["admission"]],
  // By a standing approval of this very plan.
  [["held"], ["queued"], "admit_jobs", ["admission"]],
  [["held"], ["queued", "rejected", "discarded"], "decide", ["approver"]],
  // A run's request that nobody answered goes on where its handler wants to be told so.
  [["held"], ["expired", "queued"], "expire", ["janitor"]],
  [["queued"], ["held", "dead", "quarantined"], "decide", ["approver"]],
  [["queued"], ["held"], "claim_jobs", ["gate"]],
  [["queued", "held"], ["submitted"], "readmit", ["gate", "policy activation"]],
  [["queued"], ["running"], "claim_jobs", ["worker"]],
  [["queued"], ["expired"], "expire", ["janitor"]],
  // rejected and expired: what a person, or nobody, answered to the run's own request.
  [
    ["running"],
    ["succeeded", "queued", "held", "dead", "quarantined", "canceled", "rejected", "expired"],
    "settle_runs",
    ["worker"],
  ],
  // What was lost can't have succeeded.
  [["running"], ["queued", "held", "dead", "quarantined", "canceled"], "reap", ["janitor"]],
  [["dead", "quarantined"], ["queued", "discarded"], "decide", ["approver"]],
  [["submitted", "held", "queued", "dead", "quarantined"], ["canceled"], "cancel", ["approver"]],
];

/** Every arrow, one entry per (from, to, function). */
export const TRANSITIONS: readonly Transition[] = ROWS.flatMap(([froms, tos, by, who]) =>
  froms.flatMap((from) => tos.map((to) => ({ from, to, by, who }))),
);

/** Whether the machine has this arrow (through `by`, when given). */
export function canMove(from: JobState | null, to: JobState, by?: TransitionFunction): boolean {
  return TRANSITIONS.some((arrow) => arrow.from === from && arrow.to === to && (by === undefined || arrow.by === by));
}
