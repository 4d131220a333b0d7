import type { Queryable } from "../pool.ts";
import { cleanText, json, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export type EffectEnd =
  | { outcome: "done"; receipt: unknown; costMicrousd: number | null }
  | { outcome: "not_done" | "unknown"; finding: string };

interface Answer extends Row {
  answer: "recorded" | "repeat" | "late";
}

/** Records how an effect ended. Idempotent; needs no live lease, since a receipt is true whenever it comes. */
export async function finishEffect(
  db: Queryable,
  caller: Caller,
  lease: { jobId: string; token: string },
  key: string,
  end: EffectEnd,
): Promise<"recorded" | "repeat" | "late"> {
  const done = end.outcome === "done";
  const [row] = await rows<Answer>(
    db,
    "finish_effect",
    "select holdpoint.finish_effect($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9) as answer",
    [
      caller.id,
      caller.key,
      lease.jobId,
      lease.token,
      key,
      end.outcome,
      done ? json(end.receipt) : null,
      done ? end.costMicrousd : null,
      done ? null : cleanText(end.finding),
    ],
  );
  if (row === undefined) throw new Error("finish_effect answered nothing");
  return row.answer;
}
