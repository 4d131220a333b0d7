import { retryRulesJson } from "@holdpoint/policy";
import type { RetryPolicy } from "@holdpoint/policy";
import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Keeps what a policy version says about retries, before anything is decided by it. False: it was kept before. */
export function keepRetryRules(db: Queryable, caller: Caller, version: number, retries: RetryPolicy): Promise<boolean> {
  return scalar(db, "keep_retry_rules", "select holdpoint.keep_retry_rules($1, $2, $3, $4) as value", [
    caller.id,
    caller.key,
    version,
    json(retryRulesJson(retries)),
  ]);
}
