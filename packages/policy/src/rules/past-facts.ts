import type { AdmissionFacts, TypeFacts } from "../admission-facts.ts";

/** What the records say of a past job that admission's facts can be rebuilt from. */
export interface PastJob {
  readonly type: string;
  readonly typeVersion: number;
  readonly urgent: boolean;
  readonly submittedByKind: string;
  readonly estimateMicrousd: number;
  readonly ceilingMicrousd: number;
  /** The rule that decided, and its sentence. */
  readonly rule: string | null;
  readonly reason: string | null;
}

/**
 * The facts of a past job: its own as they were, its venture's as they are now. What only admission saw (a payload that
 * does not fit, a reference that did not resolve, no sandbox) is taken from the rule that it was decided by.
 */
export function pastFacts(job: PastJob, type: TypeFacts | null, venture: AdmissionFacts["venture"]): AdmissionFacts {
  const message = job.reason ?? "It was refused then.";
  return {
    typeName: job.type,
    typeVersion: job.typeVersion,
    type: job.rule === "unknown_type" ? null : type,
    payloadProblem: job.rule === "bad_payload" ? { field: "payload", message } : null,
    referenceProblem: job.rule === "bad_reference" ? { field: null, message } : null,
    urgent: job.urgent,
    queueHint: null,
    submittedByKind: job.submittedByKind,
    estimateMicrousd: job.estimateMicrousd,
    ceilingMicrousd: job.ceilingMicrousd,
    venture,
    isolation: job.rule === "not_isolated" ? "none" : "as it was then",
  };
}
