import canonicalize from "canonicalize";
import type { Queryable } from "../pool.ts";
import { cleanText, rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

/** A call that may park its run. */
export interface WaitRequest {
  call: string;
  kind: "approval" | "sleep" | "signal";
  name: string;
  until: Date | null;
  withinMs: number | null;
  /** What a person is asked, and what an answer takes; it is hashed as RFC 8785 JSON. */
  request: object | null;
}

export type WaitState =
  | { state: "park" | "woken" | "timeout" | "expired" }
  | { state: "signal"; id: string; data: unknown; by: string; at: string }
  | { state: "approved"; form: Record<string, string | number | boolean>; by: string[]; at: string }
  | { state: "rejected"; by: string[]; reason: string | null };

interface Answer extends Row {
  answer: WaitState;
}

/** Asks, or learns the answer of what was asked before. PT409 without a live lease, PT422 with an open effect. */
export async function beginWait(
  db: Queryable,
  caller: Caller,
  lease: { jobId: string; token: string },
  wait: WaitRequest,
): Promise<WaitState> {
  const request = wait.request === null ? null : cleanText(canonicalize(wait.request) ?? "null");
  const [row] = await rows<Answer>(
    db,
    "begin_wait",
    "select holdpoint.begin_wait($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as answer",
    [
      caller.id,
      caller.key,
      lease.jobId,
      lease.token,
      wait.call,
      wait.kind,
      wait.name,
      wait.until,
      wait.withinMs,
      request,
    ],
  );
  if (row === undefined) throw new Error("begin_wait answered nothing");
  return row.answer;
}
