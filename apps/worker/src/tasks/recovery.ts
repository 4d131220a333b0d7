import { askAlert, finishTask } from "@holdpoint/db/runtime";
import { word } from "./task.ts";
import type { TaskConsumer } from "./task.ts";

/**
 * A run was lost and its job is queued again already, without using a retry: that is the whole plan of a loss. A
 * process that died under a job is told to a person, because the job may be what killed it.
 */
export const recovery: TaskConsumer = async (task, { access }) => {
  const { databases, caller } = access;
  const cause = word(task, "cause", "unknown");
  if (cause === "process_death") {
    const alert = { kind: "run.process_death", title: `A worker process died while it ran a job in ${task.venture}` };
    await askAlert(databases.work, caller, task.id, alert, { plan: "run_again", cause });
    return;
  }
  await finishTask(databases.work, caller, task.id, { plan: "run_again", cause });
};
