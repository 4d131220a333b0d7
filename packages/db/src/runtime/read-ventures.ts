import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";
import type { VentureFacts } from "./pick-submitted.ts";

export interface VentureRow extends Row {
  key: string;
  facts: VentureFacts;
}

/** The facts of ventures that a handler is given with its run. Unknown keys are left out. */
export function readVentures(db: Queryable, caller: Caller, keys: readonly string[]): Promise<VentureRow[]> {
  return rows(db, "read_ventures", "select key, facts from holdpoint.read_ventures($1, $2, $3)", [
    caller.id,
    caller.key,
    keys,
  ]);
}
