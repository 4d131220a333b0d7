import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Deletes what may go: old logs, previews, finished tasks. Answers how many rows. */
export function prune(db: Queryable, caller: Caller): Promise<number> {
  return scalar(db, "prune", "select holdpoint.prune($1, $2) as value", [caller.id, caller.key]);
}
