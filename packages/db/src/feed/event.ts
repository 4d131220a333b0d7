import type { FeedPosition } from "./cursor.ts";

/** One event as the feed tells of it: which stream grew, by which event. The event itself is read under the reader's own rights. */
export interface FeedEvent {
  cursor: string;
  position: FeedPosition;
  stream: string;
  seq: number;
  venture: string;
  type: string;
  /** ISO 8601, UTC; null for an event whose month was dropped since. */
  at: string | null;
}

export interface FeedHead {
  cursor: string;
  epoch: number;
  /** How long the oldest open writer has been holding the feed back, in ms. */
  lagMs: number;
}

/** Where a tailer reads from. */
export interface FeedSource {
  /** Events after that position, in order, at most `limit`. */
  read(after: FeedPosition, limit: number): Promise<FeedEvent[]>;
  head(): Promise<FeedHead>;
  /** Calls back when something may have been committed. Misses are allowed: the tailer polls too. */
  onWake(wake: () => void): () => void;
  close(): Promise<void>;
}
