import { RETRY_RULES, type RetryRules, type RetryTier } from "./retry-tiers.ts";
import { ERROR_CLASSES, type ErrorClass } from "./states.ts";

/** What follows a counted failure of one class. */
export interface ClassRule {
  readonly retry: boolean;
  /** Where it leads when it is not retried (any more) and the type declares no effects; with effects it is quarantine. */
  readonly used_up: "dead" | "quarantined";
}
export type ClassRules = Readonly<Record<ErrorClass, ClassRule>>;

/** The defaults; holdpoint.class_rule() in SQL says the same and a test compares the two. */
export const CLASS_RULES: ClassRules = {
  transient: { retry: true, used_up: "dead" },
  timeout: { retry: true, used_up: "dead" },
  lost: { retry: true, used_up: "dead" },
  bad_input: { retry: false, used_up: "quarantined" },
  unsafe: { retry: false, used_up: "quarantined" },
  budget: { retry: true, used_up: "quarantined" },
  bug: { retry: true, used_up: "quarantined" },
};

/** Classes whose failures no policy may have tried again. */
export const NEVER_RETRIED = ["bad_input", "unsafe"] as const satisfies readonly ErrorClass[];
/** Classes after which the output may be known to be harmless: only these may end dead. */
export const HARMLESS_CLASSES = ["transient", "timeout", "lost"] as const satisfies readonly ErrorClass[];

/** How failures are followed up: the numbers of each tier, the rule of each class. */
export interface RetryPolicy {
  readonly tiers: Readonly<Record<RetryTier, RetryRules>>;
  readonly classes: ClassRules;
}
export const BUILT_IN_RETRIES: RetryPolicy = { tiers: RETRY_RULES, classes: CLASS_RULES };

export interface FailureFacts {
  readonly tier: RetryTier;
  readonly errorClass: ErrorClass;
  readonly retriesUsed: number;
  readonly declaresEffects: boolean;
}

/** Where a counted failure leads: a retry (queued), one that a person releases (held), dead or quarantined. */
export function afterFailure(facts: FailureFacts, policy: RetryPolicy): "queued" | "held" | "dead" | "quarantined" {
  if (facts.errorClass === "unsafe") return "quarantined";
  const tier = policy.tiers[facts.tier];
  const rule = policy.classes[facts.errorClass];
  if (rule.retry && facts.retriesUsed < tier.retries) return tier.retriesByItself ? "queued" : "held";
  return facts.declaresEffects ? "quarantined" : rule.used_up;
}

/** As the database keeps it, by its column names. */
export function retryRulesJson(policy: RetryPolicy): {
  tiers: Record<string, Record<string, number | string | boolean>>;
  classes: Record<string, ClassRule>;
} {
  const tiers = Object.entries(policy.tiers).map(([name, rules]) => [
    name,
    {
      retries: rules.retries,
      backoff: rules.backoff,
      base_ms: rules.baseMs,
      max_ms: rules.maxMs,
      retries_by_itself: rules.retriesByItself,
    },
  ]);
  return {
    tiers: Object.fromEntries(tiers),
    classes: Object.fromEntries(ERROR_CLASSES.map((name) => [name, policy.classes[name]])),
  };
}
