import { askAlert } from "@holdpoint/db/runtime";
import { word } from "./task.ts";
import type { TaskConsumer } from "./task.ts";

/** Retries are used up. The record was written with the transition; what is left is to tell someone. */
export const deadLetter: TaskConsumer = async (task, { access }) => {
  const reason = word(task, "reason", "retries_used_up");
  const alert = { kind: "job.dead", title: `A job in ${task.venture} is dead (${reason.replaceAll("_", " ")})` };
  await askAlert(access.databases.work, access.caller, task.id, alert, { reason });
};
