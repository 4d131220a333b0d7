import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller } from "./call.ts";
import type { SubmittedRow } from "./pick-submitted.ts";

export interface PreviewRow extends SubmittedRow {
  request: { [key: string]: unknown };
}

/** Questions of what admission would decide that have no answer yet. */
export function openPreviews(db: Queryable, caller: Caller, limit: number): Promise<PreviewRow[]> {
  return rows(db, "open_previews", "select * from holdpoint.open_previews($1, $2, $3)", [caller.id, caller.key, limit]);
}
