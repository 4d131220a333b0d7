/** What goes over /api/stream, in both directions of the same code. Each message's id is the cursor after it. */
export interface StreamEvent {
  stream: string;
  seq: number;
  venture: string;
  type: string;
  at: string | null;
}

export interface StreamBeat {
  /** How old the newest thing the server knows is, in ms; null: it can't reach the database. */
  behindMs: number | null;
  serverNow: number;
}

/** event: feed (StreamEvent[]), beat (StreamBeat), resync (""), bye ("" or "signed_out"). */
export type StreamMessage =
  | { kind: "feed"; cursor: string; events: StreamEvent[] }
  | { kind: "beat"; cursor: string; beat: StreamBeat }
  | { kind: "resync"; cursor: string }
  | { kind: "signed_out" };

export const BEAT_MS = 1_000;
/** Without a word for this long the stream counts as cut. */
export const CUT_AFTER_MS = 5_000;
/** More than this behind is shown as slow. */
export const SLOW_MS = 3_000;
