import type { Queryable } from "../pool.ts";
import { cleanText, plainArray, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface Deferral {
  jobId: string;
  delayMs: number;
  /** Shown as why the job waits. */
  reason: string;
}

/** Puts admission off for jobs whose references cannot be resolved just now. Answers how many. */
export function deferAdmission(db: Queryable, caller: Caller, items: readonly Deferral[]): Promise<number> {
  return scalar(db, "defer_admission", "select holdpoint.defer_admission($1, $2, $3, $4, $5) as value", [
    caller.id,
    caller.key,
    plainArray(items.map((item) => item.jobId)),
    plainArray(items.map((item) => item.delayMs)),
    items.map((item) => cleanText(item.reason)),
  ]);
}
