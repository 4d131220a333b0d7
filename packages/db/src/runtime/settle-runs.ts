import type { Queryable } from "../pool.ts";
import { cleanText, jsonArray, plainArray, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export type SettledOutcome = "succeeded" | "failed" | "canceled" | "stopped" | "parked";

export interface Settlement {
  jobId: string;
  token: string;
  outcome: SettledOutcome;
  errorClass: string | null;
  errorMessage: string | null;
  costMicrousd: number;
  /** With failed: the handler's own next try (uses no retry). With parked: sleep until then. */
  retryAt: Date | null;
  logBytes: number;
  logSha256: string | null;
  result: unknown;
}

export interface SettledRow extends Row {
  ord: number;
  job_id: string;
  verdict: "settled" | "repeat" | "late";
  state: string;
}

/** Ends runs and decides each job's next state. One statement, an answer per item; idempotent per token. */
export function settleRuns(db: Queryable, caller: Caller, items: readonly Settlement[]): Promise<SettledRow[]> {
  return rows(
    db,
    "settle_runs",
    "select ord, job_id, verdict, state from holdpoint.settle_runs($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    [
      caller.id,
      caller.key,
      plainArray(items.map((item) => item.jobId)),
      plainArray(items.map((item) => item.token)),
      plainArray(items.map((item) => item.outcome)),
      plainArray(items.map((item) => item.errorClass)),
      items.map((item) => (item.errorMessage === null ? null : cleanText(item.errorMessage).slice(0, 4_000))),
      plainArray(items.map((item) => item.costMicrousd)),
      items.map((item) => item.retryAt?.toISOString() ?? null),
      plainArray(items.map((item) => item.logBytes)),
      plainArray(items.map((item) => item.logSha256)),
      jsonArray(items.map((item) => item.result)),
    ],
  );
}
