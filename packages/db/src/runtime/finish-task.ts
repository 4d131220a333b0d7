import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Marks a task done with its result. False: it was done before, and nothing changed. */
export function finishTask(db: Queryable, caller: Caller, task: string, result: unknown): Promise<boolean> {
  return scalar(db, "finish_task", "select holdpoint.finish_task($1, $2, $3, $4) as value", [
    caller.id,
    caller.key,
    task,
    json(result ?? {}),
  ]);
}
