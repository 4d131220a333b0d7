import { BUILT_IN_RETRIES, type ClassRule, type RetryPolicy } from "../failure.ts";
import type { RecoveryPlan } from "../recovery.ts";
import { RETRY_TIERS, type RetryRules } from "../retry-tiers.ts";
import { ERROR_CLASSES } from "../states.ts";
import type { PolicyDocument } from "./document.ts";

/** The tiers and class rules of a policy: what it does not say stays as built in. */
export function retriesOf({ retries }: Pick<PolicyDocument, "retries">): RetryPolicy {
  if (retries === undefined) return BUILT_IN_RETRIES;
  const tiers = { ...BUILT_IN_RETRIES.tiers };
  for (const name of RETRY_TIERS) {
    const given = name === "approval_required" ? undefined : retries.tiers[name];
    if (given === undefined) continue;
    const before = tiers[name];
    const none = given.backoff === "none";
    tiers[name] = {
      retries: given.retries ?? before.retries,
      backoff: given.backoff ?? before.backoff,
      baseMs: none ? 0 : (given.base ?? before.baseMs),
      maxMs: none ? 0 : (given.max ?? before.maxMs),
      retriesByItself: given.by_itself ?? before.retriesByItself,
    } satisfies RetryRules;
  }
  const classes = { ...BUILT_IN_RETRIES.classes };
  for (const name of ERROR_CLASSES) {
    const given = retries.classes[name];
    if (given === undefined) continue;
    const before = classes[name];
    classes[name] = {
      retry: given.retry ?? before.retry,
      used_up: given.used_up ?? before.used_up,
    } satisfies ClassRule;
  }
  return { tiers, classes };
}

/** A policy's own recovery plans. */
export function recoveryOf({ recovery }: Pick<PolicyDocument, "recovery">): RecoveryPlan[] {
  return (recovery ?? []).map((plan) => ({
    name: plan.name,
    classes: plan.class,
    reasons: plan.reason ?? null,
    checks: plan.checks,
    steps: plan.steps,
    rollback: plan.rollback,
    review: plan.review,
    maxReleases: plan.max_releases,
  }));
}
