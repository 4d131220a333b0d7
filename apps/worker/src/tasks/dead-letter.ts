import { askAlert, finishTask } from "@holdpoint/db/runtime";
import { isolateJob } from "./isolate.ts";
import { asks, planOf } from "./plan.ts";
import { word } from "./task.ts";
import type { TaskConsumer } from "./task.ts";

/**
 * Retries are used up. The record was written with the transition; what is left is what its recovery plan has the fleet
 * do by itself: put its artifacts away, tell someone. A person releases, resubmits or discards it.
 */
export const deadLetter: TaskConsumer = async (task, tools) => {
  const { access, artifactsDir } = tools;
  const reason = word(task, "reason", "retries_used_up");
  const plan = await planOf(task, tools);
  const isolates = asks(plan, "isolate_artifacts") && task.job_id !== null;
  const isolated = isolates && (await isolateJob(artifactsDir, task.venture, task.job_id ?? ""));
  const result = { reason, plan: plan.name, artifacts_isolated: isolated };
  const alert = { kind: "job.dead", title: `A job in ${task.venture} is dead (${reason.replaceAll("_", " ")})` };
  if (asks(plan, "alert")) await askAlert(access.databases.work, access.caller, task.id, alert, result);
  else await finishTask(access.databases.work, access.caller, task.id, result);
};
