import type { Queryable } from "../pool.ts";
import { json, scalar } from "./call.ts";
import type { Caller } from "./call.ts";

export interface FoundSubject {
  kind: string;
  subject: string;
  reason: string;
  finding: string;
  evidence: unknown;
}

/** Puts what a run found in quarantine, under its token (PT409 when not current). opened: false when it was there. */
export function quarantineFound(
  db: Queryable,
  caller: Caller,
  run: { jobId: string; token: string },
  { kind, subject, reason, finding, evidence }: FoundSubject,
): Promise<{ id: string; opened: boolean }> {
  const values = [caller.id, caller.key, run.jobId, run.token, kind, subject, reason, finding, json(evidence)];
  const text = "select holdpoint.quarantine_found($1, $2, $3, $4, $5, $6, $7, $8, $9) as value";
  return scalar(db, "quarantine_found", text, values);
}
