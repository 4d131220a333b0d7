import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface VentureFacts {
  trusted: boolean;
  url: string | null;
  repository: string | null;
  build_command: string | null;
  allow_private_addresses: boolean;
  demo: boolean;
  cap_set: boolean;
}

export interface SubmittedRow extends Row {
  id: string;
  type: string;
  type_version: number;
  venture: string;
  payload: unknown;
  urgent: boolean;
  queue_hint: string | null;
  estimate_microusd: string;
  ceiling_microusd: string;
  admit_tries: number;
  submitted_by_kind: string;
  /** Has run before: it keeps its steps, and its references. */
  started: boolean;
  previous_plan_hash: Buffer | null;
  /** What the job was made from, where it is an edit or a replay. */
  replay: unknown;
  venture_facts: VentureFacts;
  worker_isolation: string;
  /** Its last event: what is decided now is about the job as it is with this one. */
  seq: number;
}

/** Submitted jobs that are due for admission, oldest first, with the facts policy needs. Changes nothing. */
export function pickSubmitted(db: Queryable, caller: Caller, limit: number): Promise<SubmittedRow[]> {
  return rows(
    db,
    "pick_submitted",
    "select id, type, type_version, venture, payload, urgent, queue_hint, estimate_microusd, ceiling_microusd, admit_tries, submitted_by_kind, started, previous_plan_hash, venture_facts, worker_isolation, replay, seq from holdpoint.pick_submitted($1, $2, $3)",
    [caller.id, caller.key, limit],
  );
}
