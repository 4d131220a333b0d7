import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller } from "./call.ts";

/** Notes that a duty ran, and its last error (null: none). */
export async function noteDuty(db: Queryable, caller: Caller, duty: string, error: string | null): Promise<void> {
  await rows(db, "note_duty", "select holdpoint.note_duty($1, $2, $3, $4)", [caller.id, caller.key, duty, error]);
}
