import { DEFAULT_APPROVAL } from "./approval.ts";
import type { ApprovalRequirement } from "./approval.ts";
import type { JobQueue } from "./queues.ts";
import type { JobSize, RetryTier } from "./retry-tiers.ts";
import type { EffectKind } from "./states.ts";

/** The version that every decision of these built-in rules is stamped with. */
export const POLICY_VERSION = 1;

/** Effect kinds that no job may have without a person's approval. */
export const EFFECTS_NEEDING_APPROVAL = ["deploy", "push", "spend", "contact", "publish"] as const;

/** Types that run commands of the venture and therefore need a sandbox, or a venture that is trusted. */
export const SANDBOXED_TYPES: readonly string[] = ["build"];

/** What the announced type says of itself. */
export interface TypeFacts {
  readonly name: string;
  readonly version: number;
  readonly size: JobSize;
  readonly queue: JobQueue | null;
  readonly effectKinds: readonly EffectKind[];
  readonly approval: boolean;
}

/** Everything the decision depends on. Stored with the plan, so that a decision can be explained later. */
export interface AdmissionFacts {
  readonly typeName: string;
  /** The version the submitter asked for; null: whichever is announced. */
  readonly typeVersion: number | null;
  /** The announced type; null when no worker announced this name. */
  readonly type: TypeFacts | null;
  /** Null when the payload fits the type's schema. */
  readonly payloadProblem: { readonly field: string; readonly message: string } | null;
  /** Null when all references resolved (or there are none). Transient trouble is not a fact: defer instead. */
  readonly referenceProblem: { readonly field: string | null; readonly message: string } | null;
  readonly urgent: boolean;
  /** What the submit call already knew: a schedule's work goes to `scheduled`. */
  readonly queueHint: JobQueue | null;
  readonly submittedByKind: string;
  readonly ceilingMicrousd: number;
  readonly estimateMicrousd: number;
  readonly venture: {
    readonly key: string;
    readonly trusted: boolean;
    readonly demo: boolean;
    readonly capSet: boolean;
  };
  /** The sandbox that the fleet's workers have: its name, or none, or unknown. */
  readonly isolation: string;
}

export type AdmissionRule =
  | "unknown_type"
  | "unknown_version"
  | "bad_payload"
  | "bad_reference"
  | "bad_ceiling"
  | "demo_effects"
  | "not_isolated"
  | "type_approval"
  | "effect_approval"
  | "paid_without_cap"
  | "default";

export interface AdmissionReason {
  readonly rule: AdmissionRule;
  readonly text: string;
}

export interface AdmissionDecision {
  readonly decision: "queued" | "held" | "refused";
  /** The rule that decided. */
  readonly rule: AdmissionRule;
  /** That rule's sentence. */
  readonly reason: string;
  /** The field at fault of a refusal, e.g. "payload.urls[0]". */
  readonly field: string | null;
  readonly tier: RetryTier;
  readonly queue: JobQueue;
  readonly needsApproval: boolean;
  /** What the approval takes; null when none is needed. */
  readonly approval: ApprovalRequirement | null;
  /** Every rule that matched, the deciding one first. */
  readonly reasons: readonly AdmissionReason[];
}

/**
 * Decides about a submitted job. Pure and total: the same facts always give the same answer, also for a preview.
 * Refusals win over approvals, approvals over the default, and each list keeps all rules that matched.
 */
export function decideAdmission(facts: AdmissionFacts): AdmissionDecision {
  const queue = routeTo(facts);
  const size = facts.type?.size ?? "small";
  const refusals = whyRefused(facts);
  const approvals = facts.type === null ? [] : whyHeld(facts, facts.type);
  const needsApproval = approvals.length > 0;
  const tier: RetryTier = needsApproval ? "approval_required" : size;
  const fallback: AdmissionReason = {
    rule: "default",
    text: "No rule asks for a person: it may run by itself.",
  };

  const reasons = [...refusals, ...approvals];
  const deciding = reasons[0] ?? fallback;
  return {
    decision: refusals.length > 0 ? "refused" : needsApproval ? "held" : "queued",
    rule: deciding.rule,
    reason: deciding.text,
    field: fieldAtFault(facts, deciding.rule),
    tier,
    queue,
    needsApproval,
    approval: needsApproval ? DEFAULT_APPROVAL : null,
    reasons: reasons.length > 0 ? reasons : [fallback],
  };
}

/** The queue a job goes to: a report type to `report`, else a schedule's to `scheduled`, else urgent to `priority`. */
export function routeTo(facts: Pick<AdmissionFacts, "type" | "urgent" | "queueHint" | "submittedByKind">): JobQueue {
  const asked = facts.type?.queue ?? null;
  if (asked === "report" || facts.queueHint === "report") return "report";
  if (facts.submittedByKind === "schedule" || asked === "scheduled" || facts.queueHint === "scheduled")
    return "scheduled";
  if (facts.urgent || asked === "priority") return "priority";
  return "job";
}

function whyRefused(facts: AdmissionFacts): AdmissionReason[] {
  const found: AdmissionReason[] = [];
  const refuse = (rule: AdmissionRule, text: string) => found.push({ rule, text });
  if (facts.type === null) {
    refuse("unknown_type", `No worker knows the job type "${facts.typeName}".`);
    return found;
  }
  const { type, venture } = facts;
  if (facts.typeVersion !== null && facts.typeVersion > type.version) {
    refuse("unknown_version", `"${type.name}" is announced in version ${type.version}, not ${facts.typeVersion}.`);
  }
  if (facts.payloadProblem !== null) refuse("bad_payload", facts.payloadProblem.message);
  if (facts.referenceProblem !== null) refuse("bad_reference", facts.referenceProblem.message);
  if (!(facts.estimateMicrousd >= 0 && facts.ceilingMicrousd >= facts.estimateMicrousd)) {
    refuse("bad_ceiling", "The estimate must be zero or more and the ceiling at least the estimate.");
  }
  if (venture.demo && (riskyKinds(type).length > 0 || facts.ceilingMicrousd > 0)) {
    refuse(
      "demo_effects",
      `"${venture.key}" is a demo venture: nothing it does may leave the installation or cost money.`,
    );
  }
  if (SANDBOXED_TYPES.includes(type.name) && !venture.trusted && !isIsolated(facts.isolation)) {
    refuse("not_isolated", `"${venture.key}" is not trusted and no worker has a sandbox to run its commands in.`);
  }
  return found;
}

function whyHeld(facts: AdmissionFacts, type: TypeFacts): AdmissionReason[] {
  const found: AdmissionReason[] = [];
  if (type.approval) found.push({ rule: "type_approval", text: `Every "${type.name}" needs an approval.` });
  for (const kind of riskyKinds(type)) {
    found.push({
      rule: "effect_approval",
      text: `It may ${EFFECT_WORDS[kind]}, which needs an approval.`,
    });
  }
  if (facts.ceilingMicrousd > 0 && !facts.venture.capSet) {
    found.push({ rule: "paid_without_cap", text: "It may cost money and no cap is set yet." });
  }
  return found;
}

type RiskyKind = (typeof EFFECTS_NEEDING_APPROVAL)[number];

const EFFECT_WORDS: Readonly<Record<RiskyKind, string>> = {
  deploy: "deploy",
  push: "push code",
  spend: "spend money",
  contact: "contact people",
  publish: "publish",
};

function riskyKinds(type: TypeFacts): RiskyKind[] {
  return EFFECTS_NEEDING_APPROVAL.filter((kind) => type.effectKinds.includes(kind));
}

function isIsolated(isolation: string): boolean {
  return isolation !== "none" && isolation !== "unknown" && isolation !== "";
}

function fieldAtFault(facts: AdmissionFacts, rule: AdmissionRule): string | null {
  if (rule === "bad_payload") return facts.payloadProblem?.field ?? null;
  if (rule === "bad_reference") return facts.referenceProblem?.field ?? null;
  if (rule === "unknown_type" || rule === "unknown_version") return "type";
  return null;
}
