import type { Queryable } from "../pool.ts";
import { jsonArray, plainArray, rows } from "./call.ts";
import type { Caller } from "./call.ts";

export interface TrustedSubmission {
  venture: string;
  type: string;
  payloads: readonly unknown[];
  keys?: readonly (string | null)[];
  runAt?: readonly (Date | null)[];
  urgent?: boolean;
}

/** Submits jobs from the fleet itself (runs, schedules, benchmarks). Answers their ids, in order. */
export async function submitJobs(db: Queryable, caller: Caller, submission: TrustedSubmission): Promise<string[]> {
  const found = await rows<{ id: string }>(
    db,
    "submit_jobs",
    "select id from holdpoint.submit_jobs($1, $2, $3, $4, $5, $6, $7, $8) as id",
    [
      caller.id,
      caller.key,
      submission.venture,
      submission.type,
      jsonArray(submission.payloads),
      submission.keys ?? null,
      submission.runAt === undefined ? null : plainArray(submission.runAt.map((at) => at?.toISOString() ?? null)),
      submission.urgent ?? false,
    ],
  );
  return found.map((row) => row.id);
}
