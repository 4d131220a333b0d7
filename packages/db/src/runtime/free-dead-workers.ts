import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Frees the leases of earlier processes of this instance. The caller holds the lock file, so they are dead. */
export function freeDeadWorkers(db: Queryable, caller: Caller): Promise<number> {
  return scalar(db, "free_dead_workers", "select holdpoint.free_dead_workers($1, $2) as value", [
    caller.id,
    caller.key,
  ]);
}
