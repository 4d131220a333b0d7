import { planReminder } from "@holdpoint/db/runtime";
import type { TaskConsumer } from "./task.ts";

/** Someone must decide: asks for the alert and arms the reminder. The card itself never depends on this. */
export const approval: TaskConsumer = async (task, { access }) => {
  await planReminder(access.databases.work, access.caller, task.id);
};
