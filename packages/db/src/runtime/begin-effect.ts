import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface EffectIntent {
  key: string;
  kind: string;
  settle: "safe_retry" | "reconcile";
  /** The most it may cost; null: nothing is authorised. */
  maxMicrousd: number | null;
  /** How long the provider tells a repeated key; null: it does not. */
  dedupeMs: number | null;
  /** The call begins within this time or not at all. */
  withinMs: number;
  /** Asked about, and it did not happen: an open intent may be acted on anew. */
  reconciled: boolean;
}

export type BegunEffect =
  | { state: "call"; within_ms: number; attempt: number }
  | { state: "done"; receipt: unknown }
  | { state: "wait"; wait_ms: number }
  | { state: "dry_run" }
  | { state: "reconcile"; intent_at: string };

interface Answer extends Row {
  answer: BegunEffect;
}

/** Commits the intent of an effect, or says what is known of it. PT409 without a live lease, PT422 when it may not be. */
export async function beginEffect(
  db: Queryable,
  caller: Caller,
  lease: { jobId: string; token: string },
  intent: EffectIntent,
): Promise<BegunEffect> {
  const [row] = await rows<Answer>(
    db,
    "begin_effect",
    "select holdpoint.begin_effect($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as answer",
    [
      caller.id,
      caller.key,
      lease.jobId,
      lease.token,
      intent.key,
      intent.kind,
      intent.settle,
      intent.maxMicrousd,
      intent.dedupeMs,
      intent.withinMs,
      intent.reconciled,
    ],
  );
  if (row === undefined) throw new Error("begin_effect answered nothing");
  return row.answer;
}
