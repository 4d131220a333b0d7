import type { Queryable } from "../pool.ts";
import { cleanText, jsonArray, plainArray, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export type SettledOutcome = "succeeded" | "failed" | "canceled" | "stopped" | "parked" | "declined";

export interface Settlement {
  jobId: string;
  token: string;
  outcome: SettledOutcome;
  errorClass: string | null;
  errorMessage: string | null;
  costMicrousd: number;
  /**
   * With failed: the handler's own next try (uses no retry). Milliseconds count from
   * now on the database's clock; a Date is taken as it stands.
   */
  retry: { ms: number } | { at: Date } | null;
  logBytes: number;
  logSha256: string | null;
  /** Of a failure of class unsafe: {reason, finding, evidence}; of one that is a provider's: {$provider}. */
  result: unknown;
}

export interface SettledRow extends Row {
  ord: number;
  job_id: string;
  verdict: "settled" | "repeat" | "late";
  state: string;
}

const PLAIN =
  "select ord, job_id, verdict, state from holdpoint.settle_runs($1, $2, $3, $4, $5, $6, $7, $8, null, $9, $10, $11)";
const TIMED =
  "select ord, job_id, verdict, state from holdpoint.settle_runs($1, $2, $3, $4, $5, $6, $7, $8, (select array_agg(coalesce(t.at, clock_timestamp() + t.ms * interval '1 millisecond') order by t.n) from unnest($9::float8[], $10::timestamptz[]) with ordinality t(ms, at, n)), $11, $12, $13)";

const waitMs = (item: Settlement): number | null => (item.retry !== null && "ms" in item.retry ? item.retry.ms : null);
const waitUntil = (item: Settlement): string | null =>
  item.retry !== null && "at" in item.retry ? `"${item.retry.at.toISOString()}"` : null;

/** Ends runs and decides each job's next state. One statement, an answer per item; idempotent per token. */
export async function settleRuns(db: Queryable, caller: Caller, items: readonly Settlement[]): Promise<SettledRow[]> {
  const timed = items.some((item) => item.retry !== null);
  const answers = await rows<SettledRow>(db, timed ? "settle_runs_timed" : "settle_runs", timed ? TIMED : PLAIN, [
    caller.id,
    caller.key,
    plainArray(items.map((item) => item.jobId)),
    plainArray(items.map((item) => item.token)),
    plainArray(items.map((item) => item.outcome)),
    plainArray(items.map((item) => item.errorClass)),
    items.map((item) => (item.errorMessage === null ? null : cleanText(item.errorMessage).slice(0, 4_000))),
    plainArray(items.map((item) => item.costMicrousd)),
    ...(timed ? [plainArray(items.map(waitMs)), plainArray(items.map(waitUntil))] : []),
    plainArray(items.map((item) => item.logBytes)),
    plainArray(items.map((item) => item.logSha256)),
    jsonArray(items.map((item) => item.result)),
  ]);
  // One answer for all.
  const [all] = answers;
  if (all?.ord !== 0) return answers;
  return items.map(({ jobId }, i) => ({ ...all, ord: i + 1, job_id: jobId }));
}
