import { json, readVentures, submitJobs } from "@holdpoint/db/runtime";
import type { Caller, Queryable, TrustedDecision, VentureFacts } from "@holdpoint/db/runtime";
import { POLICY_VERSION } from "@holdpoint/policy";
import type { Catalogue, CataloguedType } from "../../handlers/catalogue.ts";
import { decide, parsePayloadOf } from "./decide.ts";

export interface FleetSubmission {
  readonly venture: string;
  readonly type: string;
  readonly payloads: readonly unknown[];
  readonly keys?: readonly (string | null)[];
  readonly urgent?: boolean;
}

/**
 * Submits from a trusted process of the fleet. What policy lets go ahead is admitted in the same call; what it would
 * hold or refuse, and what has references to resolve, is left to the admission duty, which records why.
 */
export class TrustedSubmitter {
  readonly #db: Queryable;
  readonly #caller: Caller;
  readonly #catalogue: Catalogue;

  constructor(db: Queryable, caller: Caller, catalogue: Catalogue) {
    this.#db = db;
    this.#caller = caller;
    this.#catalogue = catalogue;
  }

  /** Ids of the jobs, in order; a repeated key answers with its first job. All of them or none. */
  async submit(submission: FleetSubmission): Promise<string[]> {
    const type = this.#catalogue.get(submission.type);
    if (type === undefined || type.definition.hasResolve) return submitJobs(this.#db, this.#caller, submission);
    const [venture] = await readVentures(this.#db, this.#caller, [submission.venture]);
    if (venture === undefined) return submitJobs(this.#db, this.#caller, submission);
    const items = submission.payloads.map((payload) => decideOne(submission, type, venture.facts, payload));
    const typeVersion = type.definition.version;
    const admitted = { policyVersion: POLICY_VERSION, typeVersion, items };
    return submitJobs(this.#db, this.#caller, { ...submission, admitted });
  }
}

/** Null: not for this process to decide. */
function decideOne(
  submission: FleetSubmission,
  type: CataloguedType,
  ventureFacts: VentureFacts,
  given: unknown,
): { decision: TrustedDecision; planHash: Buffer } | null {
  // As the database will keep it: the plan's hash is of what a run will get.
  const payload: unknown = JSON.parse(json(given));
  const asked = {
    type: submission.type,
    typeVersion: type.definition.version,
    venture: submission.venture,
    payload,
    urgent: submission.urgent ?? false,
    queueHint: null,
    submittedByKind: "run",
    estimateMicrousd: null,
    ceilingMicrousd: null,
    ventureFacts,
    isolation: "unknown",
  };
  const { decision, plan } = decide(asked, type, parsePayloadOf(type, payload), { kind: "none" });
  if (decision.decision !== "queued") return null;
  return { decision, planHash: plan.hash };
}
