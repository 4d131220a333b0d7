import type { IncidentReason } from "./incidents.ts";
import type { EffectKind, ErrorClass } from "./states.ts";

/** What a plan looks at before anything is done. */
export const RECOVERY_CHECKS = [
  "worker_healthy",
  "service_answers",
  "effects_settled",
  "input_valid",
  "cost_under_ceiling",
  "output_safe",
  "code_changed",
] as const;
export type RecoveryCheck = (typeof RECOVERY_CHECKS)[number];

/**
 * What a plan does. Only what is automatic by design is done by the fleet itself (run_again after a loss, isolating
 * artifacts, the alert); the others are a person's, in this order.
 */
export const RECOVERY_STEPS = [
  "run_again",
  "isolate_artifacts",
  "alert",
  "mend_handler",
  "correct_input",
  "settle_effects",
  "raise_ceiling",
  "release",
  "resubmit",
  "discard",
] as const;
export type RecoveryStep = (typeof RECOVERY_STEPS)[number];
export const AUTOMATIC_STEPS = ["run_again", "isolate_artifacts", "alert"] as const satisfies readonly RecoveryStep[];

/** When a person must look: always, only with effects or cost, or not at all. */
export const REVIEW_WHEN = ["required", "if_effects", "if_paid", "no"] as const;
export type ReviewWhen = (typeof REVIEW_WHEN)[number];

export interface RecoveryPlan {
  readonly name: string;
  /** The error classes it is for. */
  readonly classes: readonly ErrorClass[];
  /** Only for these reasons of the catalogue; null: any. */
  readonly reasons: readonly IncidentReason[] | null;
  readonly checks: readonly RecoveryCheck[];
  readonly steps: readonly RecoveryStep[];
  readonly rollback: "last_good_artifact" | "none";
  readonly review: ReviewWhen;
  /** So many releases of one job, by whoever, before the plan says to discard it. */
  readonly maxReleases: number;
}

export interface IncidentFacts {
  readonly errorClass: ErrorClass | null;
  readonly reason: IncidentReason;
  readonly effectKinds: readonly EffectKind[];
  readonly ceilingMicrousd: number;
  /** How often the job was released already. */
  readonly releases: number;
}

export interface ChosenPlan {
  readonly plan: RecoveryPlan;
  readonly needsPerson: boolean;
  /** The steps that a person takes; once the limit is reached only to discard. */
  readonly steps: readonly RecoveryStep[];
  readonly limitReached: boolean;
}

const plan = (
  name: string,
  classes: readonly ErrorClass[],
  rest: Partial<Omit<RecoveryPlan, "name" | "classes">> & Pick<RecoveryPlan, "checks" | "steps">,
): RecoveryPlan => ({ name, classes, reasons: null, rollback: "none", review: "required", maxReleases: 3, ...rest });

/** One for each class, and for the reasons that need another; a policy's own plans come first. */
export const BUILT_IN_RECOVERY: readonly RecoveryPlan[] = [
  plan("settle_unknown_effect", ["unsafe"], {
    reasons: ["effect_unknown"],
    checks: ["effects_settled"],
    steps: ["isolate_artifacts", "alert", "settle_effects", "release"],
  }),
  plan("isolate_unsafe", ["unsafe"], {
    checks: ["output_safe"],
    steps: ["isolate_artifacts", "alert", "discard"],
    rollback: "last_good_artifact",
    maxReleases: 1,
  }),
  plan("isolate_poison", ["lost"], {
    reasons: ["poison_job"],
    checks: ["worker_healthy", "code_changed"],
    steps: ["isolate_artifacts", "alert", "mend_handler", "release"],
    maxReleases: 1,
  }),
  plan("run_again_after_loss", ["lost"], {
    checks: ["worker_healthy"],
    steps: ["run_again", "alert", "release"],
    review: "if_effects",
  }),
  plan("wait_for_service", ["transient"], {
    checks: ["service_answers", "effects_settled"],
    steps: ["alert", "release"],
  }),
  plan("look_at_time", ["timeout"], { checks: ["worker_healthy", "effects_settled"], steps: ["alert", "release"] }),
  plan("correct_input", ["bad_input"], {
    checks: ["input_valid"],
    steps: ["alert", "correct_input", "resubmit"],
    maxReleases: 1,
  }),
  plan("look_at_cost", ["budget"], {
    checks: ["cost_under_ceiling"],
    steps: ["alert", "raise_ceiling", "release"],
    maxReleases: 1,
  }),
  plan("mend_handler", ["bug"], {
    checks: ["code_changed", "effects_settled"],
    steps: ["alert", "mend_handler", "release"],
    rollback: "last_good_artifact",
  }),
];

/** For what no job ran: a person looks. */
const LOOK_AT_IT: RecoveryPlan = plan("look_at_it", [], {
  checks: ["output_safe"],
  steps: ["isolate_artifacts", "alert", "discard"],
});

/** The plan for an incident: the first that fits, the policy's before the built-in ones. Pure and total. */
export function chooseRecovery(facts: IncidentFacts, plans: readonly RecoveryPlan[]): ChosenPlan {
  const fits = (one: RecoveryPlan): boolean =>
    facts.errorClass !== null &&
    one.classes.includes(facts.errorClass) &&
    (one.reasons === null || one.reasons.includes(facts.reason));
  const chosen = [...plans, ...BUILT_IN_RECOVERY].find(fits) ?? LOOK_AT_IT;
  const limitReached = facts.releases >= chosen.maxReleases;
  const mine = chosen.steps.filter((step) => !AUTOMATIC_STEPS.some((one) => one === step));
  return {
    plan: chosen,
    needsPerson: needsPerson(chosen.review, facts),
    steps: limitReached ? ["discard"] : mine,
    limitReached,
  };
}

function needsPerson(review: ReviewWhen, facts: IncidentFacts): boolean {
  switch (review) {
    case "required":
      return true;
    case "if_effects":
      return facts.effectKinds.length > 0;
    case "if_paid":
      return facts.ceilingMicrousd > 0;
    case "no":
      return false;
    default:
      return review satisfies never;
  }
}
