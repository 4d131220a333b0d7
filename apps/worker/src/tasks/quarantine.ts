import { askAlert } from "@holdpoint/db/runtime";
import { isolateFile, isolateJob } from "./isolate.ts";
import { planOf } from "./plan.ts";
import { word } from "./task.ts";
import type { TaskConsumer } from "./task.ts";

/** Something is unsafe or poisonous: takes its artifacts out of reach, then tells someone. Both whatever a plan says. */
export const quarantine: TaskConsumer = async (task, tools) => {
  const { access, artifactsDir } = tools;
  const reason = word(task, "reason", "unsafe_output");
  const kind = word(task, "kind", "job");
  const path = word(task, "path", "");
  const isolated =
    kind === "job" && task.job_id !== null
      ? await isolateJob(artifactsDir, task.venture, task.job_id)
      : kind === "artifact" && path !== "" && (await isolateFile(artifactsDir, path));
  const alert = {
    kind: kind === "job" ? "job.quarantined" : "subject.quarantined",
    title: `${kind === "job" ? "A job" : `One ${kind}`} in ${task.venture} is in quarantine (${reason.replaceAll("_", " ")})`,
  };
  const plan = await planOf(task, tools);
  const result = { reason, plan: plan.name, artifacts_isolated: isolated };
  await askAlert(access.databases.work, access.caller, task.id, alert, result);
};
