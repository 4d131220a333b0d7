import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller } from "./call.ts";

/** Says that this machine's anchor file is complete up to a checkpoint. */
export async function noteAnchor(db: Queryable, caller: Caller, no: number): Promise<void> {
  await rows(db, "note_anchor", "select holdpoint.note_anchor($1, $2, $3)", [caller.id, caller.key, no]);
}
