import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Ends runs whose lease ran out, at most `max` of them, as lost. Nothing while the database has not been up for long. */
export function reap(db: Queryable, caller: Caller, max: number): Promise<number> {
  return scalar(db, "reap", "select holdpoint.reap($1, $2, $3) as value", [caller.id, caller.key, max]);
}
