import { chooseRecovery, ERROR_CLASSES, isIncidentReason } from "@holdpoint/policy";
import type { RecoveryPlan, RecoveryStep } from "@holdpoint/policy";
import type { TaskRow } from "@holdpoint/db/runtime";
import { word } from "./task.ts";
import type { TaskTools } from "./task.ts";

/** The recovery plan of a task's failure class, by the policy in force; the built-in ones where that can't be read. */
export async function planOf(task: TaskRow, { policies }: TaskTools): Promise<RecoveryPlan> {
  const active = await policies.read();
  const reason = word(task, "reason", "reported");
  const errorClass = word(task, "class", "lost");
  const facts = {
    errorClass: ERROR_CLASSES.find((one) => one === errorClass) ?? null,
    reason: isIncidentReason(reason) ? reason : ("reported" as const),
    // Who must look, and how often it was released, a person reads from the incident pack.
    effectKinds: [],
    ceilingMicrousd: 0,
    releases: 0,
  };
  return chooseRecovery(facts, active.ok ? active.policy.recovery : []).plan;
}

/** Whether the plan asks for one of the steps that the fleet takes by itself. */
export function asks(plan: RecoveryPlan, step: RecoveryStep): boolean {
  return plan.steps.includes(step);
}
