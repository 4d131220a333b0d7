import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Keeps the last hashes of the oldest month of jobs that may go, and answers it (YYYY-MM-DD); null when none may. */
export function prepareDrop(db: Queryable, caller: Caller): Promise<string | null> {
  return scalar(db, "prepare_drop", "select holdpoint.prepare_drop($1, $2)::text as value", [caller.id, caller.key]);
}

/** Drops the month's partitions. False: something moved since it was prepared. Throws 55P03 when they are in use. */
export function dropMonth(db: Queryable, caller: Caller, month: string): Promise<boolean> {
  const values = [caller.id, caller.key, month];
  return scalar(db, "drop_month", "select holdpoint.drop_month($1, $2, $3) as value", values);
}

/** Removes plans, steps and output of dropped jobs, at most `most` rows of each. Answers how many. */
export function pruneDropped(db: Queryable, caller: Caller, most: number): Promise<number> {
  const values = [caller.id, caller.key, most];
  return scalar(db, "prune_dropped", "select holdpoint.prune_dropped($1, $2, $3) as value", values);
}
