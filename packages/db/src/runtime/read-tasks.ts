import type { Queryable } from "../pool.ts";
import { plainArray, rows } from "./call.ts";
import type { Caller } from "./call.ts";
import type { TaskRow } from "./pick-tasks.ts";

/** Those of the tasks that are not done yet. */
export function readTasks(db: Queryable, caller: Caller, ids: readonly string[]): Promise<TaskRow[]> {
  return rows(
    db,
    "read_tasks",
    "select id, queue, subject, venture, job_id, due_at from holdpoint.read_tasks($1, $2, $3)",
    [caller.id, caller.key, plainArray(ids)],
  );
}
