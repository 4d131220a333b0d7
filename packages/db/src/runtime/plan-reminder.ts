import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/**
 * Carries out one approval task: asks for the alert and arms the reminder, and marks the task done, in one
 * transaction. False: it was done before.
 */
export function planReminder(db: Queryable, caller: Caller, task: string): Promise<boolean> {
  return scalar(db, "plan_reminder", "select holdpoint.plan_reminder($1, $2, $3) as value", [
    caller.id,
    caller.key,
    task,
  ]);
}
