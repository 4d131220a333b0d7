import type { ApprovalRequirement } from "@holdpoint/policy";
import type { Queryable } from "../pool.ts";
import { cleanText, jsonArray, plainArray, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface Admission {
  jobId: string;
  decision: "queued" | "held" | "refused";
  rule: string;
  reason: string;
  tier: string;
  needsApproval: boolean;
  /** What an approval takes; null when none is needed. */
  approval: ApprovalRequirement | null;
  queue: string;
  typeVersion: number;
  ceilingMicrousd: number;
  planHash: Buffer;
  /** Canonical JSON; null: not kept. */
  planBody: string | null;
  facts: unknown;
  refs: unknown;
  /** Where the type has one. */
  concurrencyKey?: string | null;
  /** The job's last event when it was read: decided on facts that have changed since, it is left alone. */
  seq?: number;
}

/** Stores what policy decided about submitted jobs. Answers how many were still submitted; others are left alone. */
export function admitJobs(
  db: Queryable,
  caller: Caller,
  policyVersion: number,
  items: readonly Admission[],
): Promise<number> {
  return scalar(
    db,
    "admit_jobs",
    "select holdpoint.admit_jobs($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) as value",
    [
      caller.id,
      caller.key,
      policyVersion,
      plainArray(items.map((item) => item.jobId)),
      plainArray(items.map((item) => item.decision)),
      plainArray(items.map((item) => item.rule)),
      items.map((item) => cleanText(item.reason)),
      plainArray(items.map((item) => item.tier)),
      plainArray(items.map((item) => item.needsApproval)),
      plainArray(items.map((item) => item.queue)),
      plainArray(items.map((item) => item.typeVersion)),
      plainArray(items.map((item) => item.ceilingMicrousd)),
      items.map((item) => item.planHash),
      items.map((item) => item.planBody),
      jsonArray(items.map((item) => item.facts)),
      jsonArray(items.map((item) => item.refs)),
      jsonArray(items.map((item) => item.approval)),
      items.some((item) => item.concurrencyKey != null)
        ? items.map((item) => (item.concurrencyKey == null ? null : cleanText(item.concurrencyKey)))
        : null,
      items.some((item) => item.seq !== undefined) ? items.map((item) => item.seq ?? null) : null,
    ],
  );
}
