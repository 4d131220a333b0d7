import type { Queryable } from "../pool.ts";
import { plainArray, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface PickedRow extends Row {
  kind: "ready" | "gone" | "cursor";
  job_id: string;
  dispatch_no: number;
  venture: string;
  type: string;
  /** Only on the last row (kind `cursor`): where the next call goes on. */
  cursor: string | null;
}

export interface OutHint {
  readonly jobId: string;
  readonly dispatchNo: number;
  readonly venture: string;
}

export interface PickRequest {
  queue: string;
  want: number;
  cursor: string;
  /** Hints that were offered and not taken yet, as far as the caller knows. */
  out: readonly OutHint[];
  /** Whether to look which of those that are out are no longer ready: a read of each. */
  look: boolean;
}

/**
 * New ready jobs of a queue, round-robin over ventures and lines from the cursor, and, when asked to look, which of
 * those that are out are no longer ready. Changes nothing.
 */
export function pickReady(db: Queryable, caller: Caller, request: PickRequest): Promise<PickedRow[]> {
  return rows(
    db,
    "pick_ready",
    "select kind, job_id, dispatch_no, venture, type, cursor from holdpoint.pick_ready($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    [
      caller.id,
      caller.key,
      request.queue,
      request.want,
      request.cursor,
      plainArray(request.out.map((hint) => hint.jobId)),
      plainArray(request.out.map((hint) => hint.dispatchNo)),
      plainArray(request.out.map((hint) => hint.venture)),
      request.look,
    ],
  );
}
