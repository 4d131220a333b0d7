import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** The process leaves: runs still open become lost without using a retry. Answers how many; harmless to repeat. */
export function endWorker(db: Queryable, caller: Caller, reason: string): Promise<number> {
  return scalar(db, "end_worker", "select holdpoint.end_worker($1, $2, $3) as value", [caller.id, caller.key, reason]);
}
