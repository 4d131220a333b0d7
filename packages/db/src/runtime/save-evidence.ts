import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface EvidenceItem {
  subject: string;
  kind: string;
  ok: boolean;
  finding: string;
  facts?: unknown;
  lifetime_ms: number;
}

/** Keeps observations. With a job: under its token (PT409 when not current); without: as the worker's own. */
export function saveEvidence(
  db: Queryable,
  caller: Caller,
  run: { jobId: string; token: string } | null,
  venture: string,
  items: readonly EvidenceItem[],
): Promise<number> {
  return scalar(db, "save_evidence", "select holdpoint.save_evidence($1, $2, $3, $4, $5, $6) as value", [
    caller.id,
    caller.key,
    run?.jobId ?? null,
    run?.token ?? null,
    venture,
    json(items),
  ]);
}
