/** One place where what is stored is not what it must be. */
export interface Break {
  /** In snake_case, e.g. `event_changed`. */
  kind: BreakKind;
  /** Of a job or a venture; null where it is about checkpoints or anchors. */
  stream: string | null;
  /** The number of the event. */
  seq: number | null;
  checkpoint: number | null;
  expected: string;
  found: string;
}

/** Every kind of break, in words. */
export const BREAKS = {
  event_changed: "the event's hash is not that of its body",
  event_misfiled: "the body of the event names another place, type or time than its row",
  event_missing: "an event is missing",
  events_missing: "events are missing at the end",
  event_rewritten: "the event is not the one that was sealed",
  stream_missing: "a whole stream is missing",
  owner_missing: "there are events of a job or venture that is not there",
  head_differs: "the row of the job or venture says another last event than its stream",
  dropped_head_differs: "the kept last hash of a dropped job is not the one that was sealed",
  dropped_month_differs: "the last hashes of a dropped month are not those that its event names",
  checkpoint_missing: "a checkpoint is missing",
  checkpoint_changed: "the checkpoint's hash is not that of its content and the one before it",
  sealed_heads_changed: "the sealed heads are not those of the checkpoint's root",
  anchor_differs: "the checkpoint is not the one that was anchored outside",
  anchor_missing: "the anchor file lacks a checkpoint",
  anchor_damaged: "a line of the anchor file is no checkpoint",
  checkpoint_lost: "a checkpoint was anchored outside that the database does not have",
  pack_damaged: "the file is not a proof pack as it was made",
  plan_differs: "the plan is not the one that was admitted or decided on",
  item_differs: "the pack lists something else than the events bind",
  not_sealed: "the job's events do not lead to the checkpoint's root",
} as const;
export type BreakKind = keyof typeof BREAKS;

/** A break that belongs to a stream. */
export function streamBreak(
  kind: BreakKind,
  stream: string,
  seq: number | null,
  expected: string,
  found: string,
  checkpoint: number | null = null,
): Break {
  return { kind, stream, seq, checkpoint, expected, found };
}

/** A break of a checkpoint or its anchor. */
export function sealBreak(kind: BreakKind, checkpoint: number | null, expected: string, found: string): Break {
  return { kind, stream: null, seq: null, checkpoint, expected, found };
}
