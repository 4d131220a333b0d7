import type { Queryable } from "../pool.ts";
import { plainArray, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export type ClaimVerdict =
  | "claimed"
  | "repeat"
  | "stale"
  | "blocked"
  | "limit"
  | "cap"
  | "held"
  | "readmit"
  | "older"
  | "early";

export interface ClaimedRow extends Row {
  /** The item's place in the request, from 1. */
  ord: number;
  job_id: string;
  verdict: ClaimVerdict;
  /** From here on only with `claimed` and `repeat`. */
  token: string;
  run_no: number;
  lease_ms: number;
  type: string;
  type_version: number;
  venture: string;
  payload: unknown;
  refs: unknown;
  timeout_ms: number;
  deaths: number;
}

/**
 * The gate: a lease for each hint that may run now, and for each other the reason. One statement, an answer per
 * item. Repeating it with the same request id gives the leases that the first call took and that still stand.
 */
export function claimJobs(
  db: Queryable,
  caller: Caller,
  request: string,
  lane: string,
  ids: readonly string[],
  dispatchNos: readonly number[],
): Promise<ClaimedRow[]> {
  return rows(
    db,
    "claim_jobs",
    "select ord, job_id, verdict, token, run_no, lease_ms, type, type_version, venture, payload, refs, timeout_ms, deaths from holdpoint.claim_jobs($1, $2, $3, $4, $5, $6)",
    [caller.id, caller.key, request, lane, plainArray(ids), plainArray(dispatchNos)],
  );
}
