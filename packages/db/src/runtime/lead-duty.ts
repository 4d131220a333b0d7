import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Takes or renews the leadership of a duty for `ttlMs`. Answers its epoch, or null while another leads. */
export function leadDuty(db: Queryable, caller: Caller, duty: string, ttlMs: number): Promise<string | null> {
  return scalar(db, "lead_duty", "select holdpoint.lead_duty($1, $2, $3, $4) as value", [
    caller.id,
    caller.key,
    duty,
    ttlMs,
  ]);
}
