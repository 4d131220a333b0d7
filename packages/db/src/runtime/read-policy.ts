import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface ActivePolicyRow {
  version: number;
  /** Absent when the caller knows this version; null when it is not stored. */
  source?: string | null;
  document?: unknown;
}

/** The active policy as it is stored; its text only when it is not the version the caller knows. */
export function readPolicy(db: Queryable, caller: Caller, known: number | null): Promise<ActivePolicyRow> {
  return scalar(db, "read_policy", "select holdpoint.read_policy($1, $2, $3) as value", [caller.id, caller.key, known]);
}
