import type { ApprovalRequirement } from "../approval.ts";
import { DEFAULT_APPROVAL } from "../approval.ts";
import { formatDuration } from "../duration.ts";
import { BUILT_IN_RETRIES, type RetryPolicy } from "../failure.ts";
import type { RecoveryPlan } from "../recovery.ts";
import type { RelaxableRule, RiskyKind } from "./built-in.ts";
import { findContradictions } from "./contradictions.ts";
import { policyDocumentSchema } from "./document.ts";
import type { PolicyDocument, PolicyDocumentRule, RuleConditions } from "./document.ts";
import { problemsOfParse } from "./problems.ts";
import type { PolicyProblem } from "./problems.ts";
import { recoveryOf, retriesOf } from "./retries.ts";

export type RuleOutcome =
  | { readonly kind: "refuse" }
  | { readonly kind: "approve"; readonly approval: ApprovalRequirement }
  | { readonly kind: "allow"; readonly rule: RelaxableRule; readonly kinds: readonly RiskyKind[] | null };

export interface PolicyRule {
  readonly name: string;
  readonly when: RuleConditions;
  readonly outcome: RuleOutcome;
  /** The sentence that people read. */
  readonly reason: string;
}

/** Rules over the built-in defaults, ready to decide by. */
export interface Policy {
  readonly version: number;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly rules: readonly PolicyRule[];
  /** How failures are followed up. */
  readonly retries: RetryPolicy;
  /** Its own recovery plans; the built-in ones come after them. */
  readonly recovery: readonly RecoveryPlan[];
}

/** The built-in rules and nothing else: version 1 of every installation. */
export const BUILT_IN_POLICY: Policy = { version: 1, groups: {}, rules: [], retries: BUILT_IN_RETRIES, recovery: [] };

export type CheckedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Reads a policy's document (of policy.yaml, or as it is stored). All problems are found, not only the first. */
export function checkPolicy(input: unknown, version: number): CheckedPolicy {
  const parsed = policyDocumentSchema.safeParse(input);
  if (!parsed.success) return { ok: false, problems: problemsOfParse(parsed.error, input) };
  const problems = findContradictions(parsed.data);
  if (problems.length > 0) return { ok: false, problems };
  const { groups, rules } = parsed.data;
  const policy = { version, groups, rules: rules.map((rule) => ruleOf(rule, groups)) };
  return { ok: true, policy: { ...policy, retries: retriesOf(parsed.data), recovery: recoveryOf(parsed.data) } };
}

function ruleOf(rule: PolicyDocumentRule, groups: PolicyDocument["groups"]): PolicyRule {
  const outcome = outcomeOf(rule, groups);
  return { name: rule.name, when: rule.when, outcome, reason: rule.reason ?? sentenceOf(rule.name, outcome) };
}

function outcomeOf(rule: PolicyDocumentRule, groups: PolicyDocument["groups"]): RuleOutcome {
  if (rule.refuse) return { kind: "refuse" };
  if (rule.allow) return { kind: "allow", rule: rule.allow.rule, kinds: rule.allow.kinds ?? null };
  const { people, role, group, typed, expires, reminder, covers_retries } = rule.approve ?? {};
  return {
    kind: "approve",
    approval: {
      people: people ?? DEFAULT_APPROVAL.people,
      role: role ?? DEFAULT_APPROVAL.role,
      group: group ?? null,
      members: group === undefined ? null : (groups[group] ?? []).toSorted(),
      typed: typed ?? null,
      expires_ms: expires ?? null,
      reminder_ms: reminder ?? null,
      covers_retries: covers_retries ?? false,
    },
  };
}

function sentenceOf(name: string, outcome: RuleOutcome): string {
  switch (outcome.kind) {
    case "refuse":
      return `The policy's rule "${name}" refuses it, whoever approves.`;
    case "approve":
      return `The policy's rule "${name}" asks for ${approvalWords(outcome.approval)}.`;
    case "allow":
      return `The policy's rule "${name}" lets it go ahead without ${outcome.rule}.`;
  }
}

/** What an approval takes, in words: "two admins of money, who type DEPLOY, within 2 h". */
export function approvalWords(approval: ApprovalRequirement): string {
  const who = `${approval.people === 2 ? "two different" : "one"} ${approval.role}${approval.people === 2 ? "s" : ""}`;
  const group = approval.group === null ? "" : ` of ${approval.group}`;
  const typed = approval.typed === null ? "" : `, who type "${approval.typed}"`;
  const within = approval.expires_ms === null ? "" : `, within ${formatDuration(approval.expires_ms)}`;
  return `${who}${group}${typed}${within}${approval.covers_retries ? ", for its retries too" : ""}`;
}
