import type { Queryable } from "../pool.ts";
import { scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface BulkStep {
  operation: string;
  state: "running" | "done";
  done: number;
  refused: number;
  skipped: number;
  /** Until it has its turn again. */
  wait_ms: number;
}

/** Decides the next jobs of the operation whose turn it is. Null: none has its turn. */
export function stepBulk(db: Queryable, caller: Caller, max: number): Promise<BulkStep | null> {
  return scalar(db, "step_bulk", "select holdpoint.step_bulk($1, $2, $3) as value", [caller.id, caller.key, max]);
}
