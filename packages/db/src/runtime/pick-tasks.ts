import type { Queryable } from "../pool.ts";
import { plainArray, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface TaskRow extends Row {
  id: string;
  queue: string;
  subject: { [key: string]: unknown };
  venture: string;
  job_id: string | null;
  due_at: Date;
}

/** Tasks of a queue that are due and not done, without those in `out`. Changes nothing. */
export function pickTasks(
  db: Queryable,
  caller: Caller,
  queue: string,
  limit: number,
  out: readonly string[],
): Promise<TaskRow[]> {
  return rows(
    db,
    "pick_tasks",
    "select id, queue, subject, venture, job_id, due_at from holdpoint.pick_tasks($1, $2, $3, $4, $5)",
    [caller.id, caller.key, queue, limit, plainArray(out)],
  );
}
