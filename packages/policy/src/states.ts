/** Every state of a job. Where it says "person", nothing moves it on but a decision, a cancel or its expiry. */
export const JOB_STATES = [
  "submitted",
  "queued",
  "held",
  "running",
  "succeeded",
  "dead",
  "quarantined",
  "canceled",
  "refused",
  "rejected",
  "expired",
  "discarded",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** States with no way out. */
export const ENDED_STATES = ["succeeded", "canceled", "refused", "rejected", "expired", "discarded"] as const;
export type EndedState = (typeof ENDED_STATES)[number];

/** States in which a person must decide. */
export const WAITING_FOR_PERSON = ["held", "dead", "quarantined"] as const;
export type WaitingState = (typeof WAITING_FOR_PERSON)[number];

export const RUN_OUTCOMES = ["succeeded", "failed", "canceled", "stopped", "lost", "parked"] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

export const ERROR_CLASSES = ["transient", "timeout", "lost", "bad_input", "unsafe", "budget", "bug"] as const;
export type ErrorClass = (typeof ERROR_CLASSES)[number];

export const LOSS_CAUSES = [
  "process_death",
  "lease_expired",
  "database",
  "deploy",
  "stop",
  "never_started",
  "unlisted",
  "killed",
] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

export const HELD_REASONS = ["approval", "retry", "park"] as const;
export type HeldReason = (typeof HELD_REASONS)[number];

export const DECISION_VERBS = ["approve", "reject", "release", "discard", "undo"] as const;
export type DecisionVerb = (typeof DECISION_VERBS)[number];

export const EFFECT_KINDS = ["deploy", "push", "spend", "contact", "publish", "other"] as const;
export type EffectKind = (typeof EFFECT_KINDS)[number];

export const OPERATOR_ROLES = ["viewer", "approver", "admin"] as const;
export type OperatorRole = (typeof OPERATOR_ROLES)[number];

/** Ended states stay ended: a late result is recorded as late and changes nothing. */
export function hasEnded(state: JobState): state is EndedState {
  return ENDED_STATES.some((ended) => ended === state);
}

/** Whether the job is in the inbox. */
export function waitsForPerson(state: JobState): state is WaitingState {
  return WAITING_FOR_PERSON.some((waiting) => waiting === state);
}
