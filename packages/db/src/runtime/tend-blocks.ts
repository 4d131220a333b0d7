import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Lifts timed blocks, sets and lifts no_worker, finishes stops that nobody confirmed. Answers how many changed. */
export function tendBlocks(db: Queryable, caller: Caller): Promise<number> {
  return scalar(db, "tend_blocks", "select holdpoint.tend_blocks($1, $2) as value", [caller.id, caller.key]);
}
