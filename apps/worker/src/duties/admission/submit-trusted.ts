import { json, readVentures, submitJobs } from "@holdpoint/db/runtime";
import type { Caller, Queryable, TrustedDecision, VentureFacts } from "@holdpoint/db/runtime";
import type { Policy } from "@holdpoint/policy";
import type { Catalogue, CataloguedType } from "../../handlers/catalogue.ts";
import { PolicyReader } from "./active-policy.ts";
import { decide, parsePayloadOf } from "./decide.ts";

/** What an older policy let go ahead goes back to admission at the gate. */
const POLICY_AGE_MS = 1_000;

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
  readonly #policies: PolicyReader;

  constructor(db: Queryable, caller: Caller, catalogue: Catalogue) {
    this.#db = db;
    this.#caller = caller;
    this.#catalogue = catalogue;
    this.#policies = new PolicyReader(db, caller);
  }

  /** Ids of the jobs, in order; a repeated key answers with its first job. All of them or none. */
  async submit(submission: FleetSubmission): Promise<string[]> {
    const type = this.#catalogue.get(submission.type);
    if (type === undefined || type.definition.hasResolve) return submitJobs(this.#db, this.#caller, submission);
    const [venture] = await readVentures(this.#db, this.#caller, [submission.venture]);
    if (venture === undefined) return submitJobs(this.#db, this.#caller, submission);
    const active = await this.#policies.recent(POLICY_AGE_MS);
    // Only admission knows how the fleet isolates commands now.
    const asksIsolation = active.ok && active.policy.rules.some((rule) => rule.when.isolated !== undefined);
    if (!active.ok || asksIsolation) return submitJobs(this.#db, this.#caller, submission);
    const { policy } = active;
    const items = submission.payloads.map((payload) => decideOne(submission, type, venture.facts, payload, policy));
    const typeVersion = type.definition.version;
    const admitted = { policyVersion: policy.version, typeVersion, items };
    return submitJobs(this.#db, this.#caller, { ...submission, admitted });
  }
}

/** Null: not for this process to decide. */
function decideOne(
  submission: FleetSubmission,
  type: CataloguedType,
  ventureFacts: VentureFacts,
  given: unknown,
  policy: Policy,
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
    replay: null,
  };
  const { decision, plan } = decide(asked, type, parsePayloadOf(type, payload), { kind: "none" }, policy);
  if (decision.decision !== "queued") return null;
  return { decision, planHash: plan.hash };
}
