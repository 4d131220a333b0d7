import type { Queryable } from "../pool.ts";
import { json, jsonArray, plainArray, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface ListedRun {
  jobId: string;
  token: string;
  /** What the run last said of its progress; null: nothing new. */
  progress: unknown;
}

export type HeartbeatVerdict = "renewed" | "lost" | "cancel" | "stop";

export interface HeartbeatAnswer extends Row {
  job_id: string;
  token: string;
  verdict: HeartbeatVerdict;
}

/**
 * Renews the listed leases and says of each whether it still stands; frees leases of this worker that it did not
 * list for L/20. PT409 `worker_ended`: the process must leave.
 */
export function heartbeat(
  db: Queryable,
  caller: Caller,
  listed: readonly ListedRun[],
  progress: unknown,
): Promise<HeartbeatAnswer[]> {
  return rows(db, "heartbeat", "select job_id, token, verdict from holdpoint.heartbeat($1, $2, $3, $4, $5, $6)", [
    caller.id,
    caller.key,
    plainArray(listed.map((run) => run.jobId)),
    plainArray(listed.map((run) => run.token)),
    jsonArray(listed.map((run) => run.progress)),
    json(progress),
  ]);
}
