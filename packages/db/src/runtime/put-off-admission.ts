import type { Queryable } from "../pool.ts";
import { cleanText, plainArray, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Leaves jobs submitted because nobody can decide now; they say why. No try of theirs is counted. Answers how many. */
export function putOffAdmission(
  db: Queryable,
  caller: Caller,
  jobIds: readonly string[],
  delayMs: number,
  reason: string,
): Promise<number> {
  return scalar(db, "put_off_admission", "select holdpoint.put_off_admission($1, $2, $3, $4, $5) as value", [
    caller.id,
    caller.key,
    plainArray(jobIds),
    delayMs,
    cleanText(reason),
  ]);
}
