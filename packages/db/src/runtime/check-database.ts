import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

/** Compares the database's identity with the stored one; another one starts a new epoch and a stop. Answers the epoch. */
export function checkDatabase(db: Queryable, caller: Caller): Promise<number> {
  return scalar(db, "check_database", "select holdpoint.check_database($1, $2) as value", [caller.id, caller.key]);
}
