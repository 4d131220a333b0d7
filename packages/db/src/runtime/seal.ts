import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface Checkpoint {
  no: number;
  hash: string;
  streams: number;
  epoch: number;
  /** The transaction id below which everything is covered. */
  up_to: string;
}

/** Writes the next checkpoint over the stream heads; null when nothing is new. */
export function seal(db: Queryable, caller: Caller): Promise<Checkpoint | null> {
  return scalar(db, "seal", "select holdpoint.seal($1, $2) as value", [caller.id, caller.key]);
}
