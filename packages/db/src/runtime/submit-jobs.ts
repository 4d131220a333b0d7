import type { Queryable } from "../pool.ts";
import { jsonArray, plainArray, rows } from "./call.ts";
import type { Caller } from "./call.ts";

/** Why a trusted process lets jobs go ahead: what admission would decide, by the same policy. */
export interface TrustedDecision {
  readonly rule: string;
  readonly reason: string;
  readonly tier: string;
  readonly queue: string;
}

export interface TrustedSubmission {
  readonly venture: string;
  readonly type: string;
  readonly payloads: readonly unknown[];
  readonly keys?: readonly (string | null)[];
  readonly runAt?: readonly (Date | null)[];
  readonly urgent?: boolean;
  /** By item; null: admission decides. Void as a whole when another version of the type is announced by now. */
  readonly admitted?: {
    readonly policyVersion: number;
    readonly typeVersion: number;
    readonly items: readonly ({ readonly decision: TrustedDecision; readonly planHash: Buffer } | null)[];
  };
}

/** Submits jobs from the fleet itself (runs, schedules), in one transaction. Answers their ids, in order. */
export async function submitJobs(db: Queryable, caller: Caller, submission: TrustedSubmission): Promise<string[]> {
  const { admitted } = submission;
  const items = admitted?.items ?? [];
  // A batch has few decisions: each goes once, items name it by its place.
  const decisions = new Map<string, { decision: TrustedDecision; place: number }>();
  const places = items.map((item) => {
    if (item === null) return null;
    const { rule, reason, tier, queue } = item.decision;
    const name = `${rule}\n${tier}\n${queue}\n${reason}`;
    const known = decisions.get(name) ?? { decision: item.decision, place: decisions.size + 1 };
    decisions.set(name, known);
    return known.place;
  });
  const made = [...decisions.values()].map(({ decision }) => decision);
  const found = await rows<{ id: string }>(
    db,
    "submit_jobs",
    "select id from holdpoint.submit_jobs($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) as id",
    [
      caller.id,
      caller.key,
      submission.venture,
      submission.type,
      jsonArray(submission.payloads),
      submission.keys ?? null,
      submission.runAt === undefined ? null : plainArray(submission.runAt.map((at) => at?.toISOString() ?? null)),
      submission.urgent ?? false,
      admitted?.policyVersion ?? null,
      admitted?.typeVersion ?? null,
      made.map((decision) => decision.rule),
      made.map((decision) => decision.reason),
      made.map((decision) => decision.tier),
      made.map((decision) => decision.queue),
      plainArray(places),
      items.map((item) => item?.planHash ?? null),
    ],
  );
  return found.map((row) => row.id);
}
