import type { Queryable } from "../pool.ts";
import { rows, scalar } from "./call.ts";
import type { Caller, Row } from "./call.ts";

/** Keeps the last hashes of the oldest month of jobs that may go, and answers it (YYYY-MM-DD); null when none may. */
export function prepareDrop(db: Queryable, caller: Caller): Promise<string | null> {
  return scalar(db, "prepare_drop", "select holdpoint.prepare_drop($1, $2)::text as value", [caller.id, caller.key]);
}

/** Drops the month's partitions. False: something moved since it was prepared. Throws 55P03 when they are in use. */
export function dropMonth(db: Queryable, caller: Caller, month: string): Promise<boolean> {
  const values = [caller.id, caller.key, month];
  return scalar(db, "drop_month", "select holdpoint.drop_month($1, $2, $3) as value", values);
}

/** Removes plans, steps, output, waits and signals of dropped jobs, at most `most` rows of each. Answers how many. */
export function pruneDropped(db: Queryable, caller: Caller, most: number): Promise<number> {
  const values = [caller.id, caller.key, most];
  return scalar(db, "prune_dropped", "select holdpoint.prune_dropped($1, $2, $3) as value", values);
}

/** Ids from `first` up to, without, `ends`. */
export interface IdRange extends Row {
  first: string;
  ends: string;
}

/** Where the ids of jobs of dropped months lie. */
export function droppedRanges(db: Queryable, caller: Caller): Promise<IdRange[]> {
  const text = "select first, ends from holdpoint.dropped_ranges($1, $2)";
  return rows(db, "dropped_ranges", text, [caller.id, caller.key]);
}

/** Of these jobs those whose kept files may go: dropped, and nothing that is kept refers to them. */
export function removableJobs(db: Queryable, caller: Caller, jobs: readonly string[]): Promise<string[]> {
  const values = [caller.id, caller.key, jobs];
  return scalar(db, "removable_jobs", "select holdpoint.removable_jobs($1, $2, $3) as value", values);
}
