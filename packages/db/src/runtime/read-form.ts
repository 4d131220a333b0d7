import type { FormValues } from "@holdpoint/policy";
import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** The values that the approver of the job's present run filled in. */
export function readForm(db: Queryable, caller: Caller, jobId: string, token: string): Promise<FormValues> {
  return scalar(db, "read_form", "select holdpoint.read_form($1, $2, $3, $4) as value", [
    caller.id,
    caller.key,
    jobId,
    token,
  ]);
}
