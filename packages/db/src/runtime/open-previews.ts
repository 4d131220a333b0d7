import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";
import type { VentureFacts } from "./pick-submitted.ts";

export interface PreviewRow extends Row {
  id: string;
  venture: string;
  /** As request_preview() took it. */
  request: { [key: string]: unknown };
  venture_facts: VentureFacts;
  worker_isolation: string;
  /** The version of the type that a submitted job would get; null: nobody announced the type. */
  announced_version: number | null;
}

/** Questions of what admission would decide that have no answer yet. */
export function openPreviews(db: Queryable, caller: Caller, limit: number): Promise<PreviewRow[]> {
  return rows(
    db,
    "open_previews",
    "select id, venture, request, venture_facts, worker_isolation, announced_version from holdpoint.open_previews($1, $2, $3)",
    [caller.id, caller.key, limit],
  );
}
