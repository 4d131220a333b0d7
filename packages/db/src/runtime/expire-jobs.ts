import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Ends queued and held jobs whose time is over, at most `max`. */
export function expireJobs(db: Queryable, caller: Caller, max: number): Promise<number> {
  return scalar(db, "expire_jobs", "select holdpoint.expire_jobs($1, $2, $3) as value", [caller.id, caller.key, max]);
}
