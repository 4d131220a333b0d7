import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface Sealed {
  /** The number of the checkpoint. */
  no: number;
  streams: number;
  /** Others have moved too and wait for the next one. */
  more: boolean;
}

/** Writes the next checkpoint over the stream heads; null when nothing is new. */
export function seal(db: Queryable, caller: Caller): Promise<Sealed | null> {
  return scalar(db, "seal", "select holdpoint.seal($1, $2) as value", [caller.id, caller.key]);
}
