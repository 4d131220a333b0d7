import { raiseAlert } from "@holdpoint/db/runtime";
import { word } from "./task.ts";
import type { TaskConsumer } from "./task.ts";

/** An operator must hear of it. No channel is enabled yet: the alert is recorded, and delivered nowhere. */
export const alert: TaskConsumer = async (task, { access }) => {
  const recorded = { kind: word(task, "kind", "unknown"), title: word(task, "title", "Something needs a look") };
  await raiseAlert(access.databases.work, access.caller, task.id, recorded, {});
};
