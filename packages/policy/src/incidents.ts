import type { ErrorClass } from "./states.ts";

export const INCIDENT_SUBJECTS = ["job", "artifact", "page", "payload", "webhook"] as const;
export type IncidentSubject = (typeof INCIDENT_SUBJECTS)[number];

export const SEVERITIES = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const INCIDENT_REASONS = [
  "unsafe_public_claim",
  "secret_found",
  "unsafe_output",
  "bad_output",
  "unsafe_payload",
  "bad_signature",
  "poison_job",
  "effect_unknown",
  "bad_input",
  "over_budget",
  "retries_used_up",
  "too_many_losses",
  "reported",
] as const;
export type IncidentReason = (typeof INCIDENT_REASONS)[number];

export interface ReasonFacts {
  readonly severity: Severity;
  /** What a person could do about it. */
  readonly recommended: string;
}

/** The catalogue of reasons; the migration inserts the same rows into public.incident_reasons and a test compares the two. */
export const REASON_CATALOGUE: Readonly<Record<IncidentReason, ReasonFacts>> = {
  unsafe_public_claim: {
    severity: "critical",
    recommended: "Read the claim; discard unless a person can prove it.",
  },
  secret_found: {
    severity: "critical",
    recommended: "Replace the secret at its provider first, then discard what holds it.",
  },
  unsafe_output: {
    severity: "high",
    recommended: "Look at what it produced before anything else; discard unless it is known to be safe.",
  },
  bad_output: {
    severity: "medium",
    recommended: "Compare its output with what was asked; correct the input or mend the handler.",
  },
  unsafe_payload: {
    severity: "high",
    recommended: "Find out who sent the payload; discard unless its source is known.",
  },
  bad_signature: {
    severity: "high",
    recommended: "Check the sender's signing secret; discard what can't be verified.",
  },
  poison_job: {
    severity: "high",
    recommended: "Find out what kills the worker before it runs again; discard unless that is mended.",
  },
  effect_unknown: {
    severity: "high",
    recommended: "Look at the provider whether it happened, and say so (holdpoint ledger correct); only then release.",
  },
  bad_input: { severity: "low", recommended: "Correct the input and submit again; discard this job." },
  over_budget: { severity: "medium", recommended: "Look at its cost; raise the ceiling or discard." },
  retries_used_up: {
    severity: "medium",
    recommended: "Find the cause in its last run; release it once that is gone.",
  },
  too_many_losses: {
    severity: "medium",
    recommended: "Look at the workers it died on; release it once they are well.",
  },
  reported: { severity: "medium", recommended: "Read the finding of who reported it; release or discard." },
};

/** Whether a text names a reason of the catalogue. */
export function isIncidentReason(text: string): text is IncidentReason {
  return INCIDENT_REASONS.some((reason) => reason === text);
}

/** The reason for a job that a failure of this class ended; an unsafe failure may name its own. */
export function reasonOfFailure(errorClass: ErrorClass, named: string | null, effectUnknown: boolean): IncidentReason {
  switch (errorClass) {
    case "unsafe":
      if (named !== null && isIncidentReason(named)) return named;
      return effectUnknown ? "effect_unknown" : "unsafe_output";
    case "bad_input":
      return "bad_input";
    case "budget":
      return "over_budget";
    case "transient":
    case "timeout":
    case "lost":
    case "bug":
      return "retries_used_up";
    default:
      return errorClass satisfies never;
  }
}
