import { canonicalPlan } from "@holdpoint/db";
import { admitJobs } from "@holdpoint/db/runtime";
import type { Admission, Caller } from "@holdpoint/db/runtime";
import type { Queryable } from "@holdpoint/db/runtime";
import { DEFAULT_APPROVAL } from "@holdpoint/policy";
import type { ApprovalRequirement } from "@holdpoint/policy";
import { TYPES } from "./types.ts";
import type { TypeName } from "./types.ts";

export interface Admittable {
  id: string;
  type: TypeName;
  venture: string;
  /** What it may cost; by default what its type says. */
  ceiling?: number;
}

/** What policy would store about a job, with the decision given. */
export function admission(
  job: Admittable,
  decision: Admission["decision"],
  queue = "job",
  approval: Partial<ApprovalRequirement> = {},
): Admission {
  const facts = TYPES[job.type];
  const ceiling = job.ceiling ?? facts.ceiling_microusd;
  const plan = canonicalPlan({
    type: job.type,
    type_version: 1,
    venture: job.venture,
    payload: {},
    refs: { job: job.id },
    ceiling_microusd: ceiling,
    effect_kinds: facts.effect_kinds,
    secrets: [],
  });
  return {
    jobId: job.id,
    decision,
    rule: "test",
    reason: "because",
    tier: decision === "held" ? "approval_required" : facts.size,
    needsApproval: decision === "held",
    approval: decision === "held" ? { ...DEFAULT_APPROVAL, ...approval } : null,
    queue,
    typeVersion: 1,
    ceilingMicrousd: ceiling,
    planHash: plan.hash,
    planBody: decision === "held" || ceiling > 0 ? plan.body : null,
    facts: {},
    refs: { job: job.id },
  };
}

/** Admits jobs with one decision for all. */
export function admit(
  db: Queryable,
  caller: Caller,
  jobs: readonly Admittable[],
  decision: Admission["decision"] = "queued",
): Promise<number> {
  return admitJobs(
    db,
    caller,
    1,
    jobs.map((job) => admission(job, decision)),
  );
}
