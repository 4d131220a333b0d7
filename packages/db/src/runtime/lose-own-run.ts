import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** The process of its own in which this worker ran the job has died. False: the run was not open any more. */
export function loseOwnRun(db: Queryable, caller: Caller, jobId: string, token: string): Promise<boolean> {
  return scalar(db, "lose_own_run", "select holdpoint.lose_own_run($1, $2, $3, $4) as value", [
    caller.id,
    caller.key,
    jobId,
    token,
  ]);
}
