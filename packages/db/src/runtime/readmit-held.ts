import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Sends up to `max` jobs back to admission that wait for an approval of an older policy. Answers how many; 0: none is left. */
export function readmitHeld(db: Queryable, caller: Caller, max: number): Promise<number> {
  return scalar(db, "readmit_held", "select holdpoint.readmit_held($1, $2, $3) as value", [caller.id, caller.key, max]);
}
