import type { EffectKind } from "../states.ts";

/** Effect kinds that no job may have without a person's approval, unless a policy allows it by name. */
export const EFFECTS_NEEDING_APPROVAL = ["deploy", "push", "spend", "contact", "publish"] as const;
export type RiskyKind = (typeof EFFECTS_NEEDING_APPROVAL)[number];

/** Built-in refusals: no policy and nobody's approval gets around them. */
export const BUILT_IN_REFUSALS = [
  "unknown_type",
  "unknown_version",
  "bad_payload",
  "bad_reference",
  "bad_ceiling",
  "demo_effects",
  "not_isolated",
  "no_approver",
] as const;

/** Built-in approvals that a policy may relax, by name. */
export const RELAXABLE_RULES = ["effect_approval", "type_approval"] as const;
export type RelaxableRule = (typeof RELAXABLE_RULES)[number];

/** All names that a rule of a policy may not have. */
export const BUILT_IN_RULES = [...BUILT_IN_REFUSALS, ...RELAXABLE_RULES, "paid_without_cap", "default"] as const;
export type BuiltInRule = (typeof BUILT_IN_RULES)[number];

/** The risky ones among these kinds, in the fixed order. */
export function riskyKinds(kinds: readonly EffectKind[]): RiskyKind[] {
  return EFFECTS_NEEDING_APPROVAL.filter((kind) => kinds.includes(kind));
}
