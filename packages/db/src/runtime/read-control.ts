import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface Control {
  control_no: number;
  draining: boolean;
  /** Enough workers work: this one takes nothing until it is promoted. */
  standby: boolean;
  ended: boolean;
  /** An admin told it to go at once. */
  killed: boolean;
  /** A stop of this very worker: it takes nothing until that is lifted. */
  halted: boolean;
  stops: { id: string; scope: string; key: string; reason: string }[];
  /** Jobs that this worker runs and whose cancel was asked for. */
  cancels: string[];
  /** Jobs that this worker runs and that a stop covers. */
  stopped_runs: string[];
}

/** What people want of this worker now. */
export function readControl(db: Queryable, caller: Caller): Promise<Control> {
  return scalar(db, "read_control", "select holdpoint.read_control($1, $2) as value", [caller.id, caller.key]);
}
