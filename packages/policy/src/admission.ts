import type { AdmissionFacts } from "./admission-facts.ts";
import { DEFAULT_APPROVAL, strictest } from "./approval.ts";
import type { ApprovalRequirement } from "./approval.ts";
import type { JobQueue } from "./queues.ts";
import type { RetryTier } from "./retry-tiers.ts";
import type { BuiltInRule, RelaxableRule, RiskyKind } from "./rules/built-in.ts";
import { riskyKinds } from "./rules/built-in.ts";
import { isIsolated, matches } from "./rules/match.ts";
import type { Policy, PolicyRule } from "./rules/policy.ts";

/** Types that run commands of the venture and therefore need a sandbox, or a venture that is trusted. */
export const SANDBOXED_TYPES: readonly string[] = ["build"];

export interface AdmissionReason {
  /** A built-in rule, or one that the policy names. */
  readonly rule: string;
  readonly text: string;
}

export interface AdmissionDecision {
  readonly decision: "queued" | "held" | "refused";
  /** The rule that decided. */
  readonly rule: string;
  /** That rule's sentence. */
  readonly reason: string;
  /** The policy that it was decided by. */
  readonly policyVersion: number;
  /** The field at fault of a refusal, e.g. "payload.urls[0]". */
  readonly field: string | null;
  readonly tier: RetryTier;
  readonly queue: JobQueue;
  readonly needsApproval: boolean;
  /** What the approval takes, the strictest of all rules that ask for one; null when none is needed. */
  readonly approval: ApprovalRequirement | null;
  /** Every rule that bore on it, the deciding one first. */
  readonly reasons: readonly AdmissionReason[];
}

const FALLBACK: AdmissionReason = { rule: "default", text: "No rule asks for a person: it may run by itself." };

/**
 * Decides about a submitted job by a policy. Pure and total: the same facts always give the same answer, also for a
 * preview. Refusals win over approvals, approvals over what the policy allows; all rules that matched are kept.
 */
export function decideAdmission(facts: AdmissionFacts, policy: Policy): AdmissionDecision {
  const matched = policy.rules.filter((rule) => matches(rule.when, facts));
  const { asked, relaxed } = whoMustApprove(facts, matched);
  const approval = asked.length === 0 ? null : asked.map((one) => one.approval).reduce(strictest);
  const refusals = [...whyRefused(facts), ...said(matched, "refuse"), ...whyUnapprovable(approval)];
  const reasons = [...refusals, ...asked.map((one) => one.reason), ...relaxed];
  const deciding = reasons[0] ?? FALLBACK;
  return {
    decision: refusals.length > 0 ? "refused" : approval === null ? "queued" : "held",
    rule: deciding.rule,
    reason: deciding.text,
    policyVersion: policy.version,
    field: fieldAtFault(facts, deciding.rule),
    // An approval that stands for retries leaves the job the retries of its size.
    tier: approval === null || approval.covers_retries ? (facts.type?.size ?? "small") : "approval_required",
    queue: routeTo(facts),
    needsApproval: approval !== null,
    approval,
    reasons: reasons.length > 0 ? reasons : [FALLBACK],
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
  const refuse = (rule: BuiltInRule, text: string) => found.push({ rule, text });
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
  if (venture.demo && (riskyKinds(type.effectKinds).length > 0 || facts.ceilingMicrousd > 0)) {
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

interface Asked {
  readonly reason: AdmissionReason;
  readonly approval: ApprovalRequirement;
}

/** The approvals that are asked for, those of the policy first; and the rules that did away with a built-in one. */
function whoMustApprove(
  facts: AdmissionFacts,
  matched: readonly PolicyRule[],
): { asked: Asked[]; relaxed: AdmissionReason[] } {
  const { type } = facts;
  if (type === null) return { asked: [], relaxed: [] };
  const asked: Asked[] = [];
  const relaxed = new Set<PolicyRule>();
  for (const rule of matched) {
    if (rule.outcome.kind === "approve") asked.push({ reason: reasonOf(rule), approval: rule.outcome.approval });
  }
  const ask = (rule: BuiltInRule, text: string): void => {
    asked.push({ reason: { rule, text }, approval: DEFAULT_APPROVAL });
  };
  const askUnlessAllowed = (name: RelaxableRule, kind: RiskyKind | null, text: string): void => {
    const allowing = matched.find((rule) => allows(rule, name, kind));
    if (allowing === undefined) ask(name, text);
    else relaxed.add(allowing);
  };
  if (type.approval) askUnlessAllowed("type_approval", null, `Every "${type.name}" needs an approval.`);
  for (const kind of riskyKinds(type.effectKinds)) {
    askUnlessAllowed("effect_approval", kind, `It may ${EFFECT_WORDS[kind]}, which needs an approval.`);
  }
  if (facts.ceilingMicrousd > 0 && !facts.venture.capSet) {
    ask("paid_without_cap", "It may cost money and no cap is set yet.");
  }
  return { asked, relaxed: [...relaxed].map(reasonOf) };
}

function allows({ outcome }: PolicyRule, name: RelaxableRule, kind: RiskyKind | null): boolean {
  if (outcome.kind !== "allow" || outcome.rule !== name) return false;
  return kind === null || outcome.kinds === null || outcome.kinds.includes(kind);
}

/** A hold that nobody could ever release says so at once. */
function whyUnapprovable(approval: ApprovalRequirement | null): AdmissionReason[] {
  if (approval === null || approval.members === null || approval.members.length >= approval.people) return [];
  const who = approval.members.length === 0 ? "nobody" : "one person";
  return [
    { rule: "no_approver", text: `Its approvals ask for members of ${approval.group}, and ${who} is in all of them.` },
  ];
}

function said(matched: readonly PolicyRule[], kind: PolicyRule["outcome"]["kind"]): AdmissionReason[] {
  return matched.filter((rule) => rule.outcome.kind === kind).map(reasonOf);
}

function reasonOf(rule: PolicyRule): AdmissionReason {
  return { rule: rule.name, text: rule.reason };
}

const EFFECT_WORDS: Readonly<Record<RiskyKind, string>> = {
  deploy: "deploy",
  push: "push code",
  spend: "spend money",
  contact: "contact people",
  publish: "publish",
};

function fieldAtFault(facts: AdmissionFacts, rule: string): string | null {
  if (rule === "bad_payload") return facts.payloadProblem?.field ?? null;
  if (rule === "bad_reference") return facts.referenceProblem?.field ?? null;
  if (rule === "unknown_type" || rule === "unknown_version") return "type";
  return null;
}
