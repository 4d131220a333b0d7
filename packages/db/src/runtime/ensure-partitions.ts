import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Makes the coming months' partitions. Answers how many were new. */
export function ensurePartitions(db: Queryable, caller: Caller): Promise<number> {
  return scalar(db, "ensure_partitions", "select holdpoint.ensure_partitions($1, $2) as value", [
    caller.id,
    caller.key,
  ]);
}
