import type { TaskQueue } from "@holdpoint/policy";
import { alert } from "./alert.ts";
import { approval } from "./approval.ts";
import { deadLetter } from "./dead-letter.ts";
import { quarantine } from "./quarantine.ts";
import { recovery } from "./recovery.ts";
import type { TaskConsumer } from "./task.ts";

/** What each of the five task queues' messages asks for. */
export const TASK_CONSUMERS: Readonly<Record<TaskQueue, TaskConsumer>> = {
  approval,
  recovery,
  "dead-letter": deadLetter,
  quarantine,
  alert,
};
