import { HoldpointError } from "@holdpoint/policy";
import { toHoldpointError } from "../errors.ts";
import { comparePositions, formatCursor, parseCursor, type FeedPosition } from "./cursor.ts";
import type { FeedEvent, FeedHead, FeedSource } from "./event.ts";

export interface TailerOptions {
  /** How often to look when nothing wakes it, in ms; default 250. */
  pollMs?: number;
  /** A reader further behind than this gets a `resync`; default 10,000 events. */
  maxBehind?: number;
  /** Events kept in memory for readers that are a little behind; default 5,000. */
  keep?: number;
  /** Wall clock in ms. */
  now?: () => number;
}

export type FeedMessage =
  /** In feed order, each exactly once for this reader. */
  | { kind: "events"; events: FeedEvent[] }
  /** Too far behind, or from another database: read the state afresh; the stream goes on after `cursor`. */
  | { kind: "resync"; cursor: string };

export interface TailerState {
  /** Everything up to here has been read; null before the first read. */
  cursor: string | null;
  /** How old the newest knowledge is, in ms; null before the first read. */
  behindMs: number | null;
  error: HoldpointError | null;
}

const PAGE = 1_000;
const HEAD_EVERY_MS = 2_000;
const MAX_RETRY_MS = 2_000;

/**
 * One per process. Follows the feed once for all readers while there is at least one, and feeds each from memory, or
 * from the database when it is further behind. A reader sees every event after its cursor once and in order, whatever
 * breaks in between: it only ever moves on from what it was given.
 */
export class FeedTailer {
  readonly #source: FeedSource;
  readonly #pollMs: number;
  readonly #maxBehind: number;
  readonly #keep: number;
  readonly #now: () => number;
  readonly #readers = new Set<() => void>();
  #recent: FeedEvent[] = [];
  /** The position that #recent begins after. */
  #recentAfter: FeedPosition | null = null;
  #position: FeedPosition | null = null;
  #readAt: number | null = null;
  #lagMs = 0;
  #error: HoldpointError | null = null;
  #loop: Promise<void> | null = null;
  #wake: () => void = () => undefined;
  #closed = false;

  constructor(source: FeedSource, options: TailerOptions = {}) {
    this.#source = source;
    this.#pollMs = options.pollMs ?? 250;
    this.#maxBehind = options.maxBehind ?? 10_000;
    this.#keep = options.keep ?? 5_000;
    this.#now = options.now ?? Date.now;
  }

  /** Where the feed ends now, straight from the database. */
  head(): Promise<FeedHead> {
    return this.#source.head();
  }

  state(): TailerState {
    const behindMs = this.#readAt === null ? null : Math.max(0, this.#now() - this.#readAt) + this.#lagMs;
    return { cursor: this.#position && formatCursor(this.#position), behindMs, error: this.#error };
  }

  /**
   * Reads on from `after` (null: from now) until `signal` fires. Waits out a database that is down. A cursor that is
   * malformed, of another epoch's future, or too far behind gives a `resync` first.
   */
  async *follow(after: string | null, signal: AbortSignal): AsyncGenerator<FeedMessage> {
    const bell = new Bell();
    const ring = () => bell.ring();
    signal.addEventListener("abort", ring, { once: true });
    this.#readers.add(ring);
    this.#start();
    try {
      let position = after === null ? null : parseCursor(after);
      let resync = after !== null && (position === null || (await this.#isFromTheFuture(position)));
      while (!signal.aborted && !this.#closed) {
        const next = await this.#after(position, resync);
        if (next) {
          position = next.position;
          resync = false;
          if (next.message) yield next.message;
        } else {
          await bell.wait();
        }
      }
    } finally {
      this.#readers.delete(ring);
      this.#wake();
    }
  }

  /** Ends every reader and closes the source. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    this.#ringAll();
    await this.#loop;
    await this.#source.close();
  }

  /** What comes after `position` for one reader, or null when there is nothing yet. */
  async #after(
    position: FeedPosition | null,
    resync: boolean,
  ): Promise<{ position: FeedPosition; message: FeedMessage | null } | null> {
    const head = this.#position;
    if (!head || !this.#recentAfter) return null;
    if (resync) return this.#resyncTo(head);
    if (!position) return { position: head, message: null };
    // A reader that caught up by itself can be ahead of the shared position for a moment.
    if (comparePositions(position, head) >= 0) return null;
    if (comparePositions(position, this.#recentAfter) >= 0) {
      return batch(this.#recent.slice(firstAfter(this.#recent, position)));
    }
    return this.#catchUp(position, head);
  }

  /** Reads for one reader alone, until it is within reach of the events in memory. */
  async #catchUp(position: FeedPosition, head: FeedPosition) {
    try {
      const events = await this.#source.read(position, this.#maxBehind + 1);
      if (events.length > this.#maxBehind) return this.#resyncTo(head);
      // Nothing is there, though the feed has moved on: what lay between was dropped with its month.
      return batch(events) ?? this.#resyncTo(head);
    } catch (error) {
      this.#error = toHoldpointError(error);
      return null;
    }
  }

  /** Whether this database has never been where the cursor points: it is of another one, or of one restored since. */
  async #isFromTheFuture(position: FeedPosition): Promise<boolean> {
    try {
      const head = parseCursor((await this.#source.head()).cursor);
      return head !== null && comparePositions(position, head) > 0;
    } catch (error) {
      this.#error = toHoldpointError(error);
      return false;
    }
  }

  #resyncTo(position: FeedPosition): { position: FeedPosition; message: FeedMessage } {
    return { position, message: { kind: "resync", cursor: formatCursor(position) } };
  }

  #start(): void {
    if (this.#loop || this.#closed) return;
    this.#loop = this.#run().finally(() => {
      this.#loop = null;
      // A reader that came while the loop was ending needs a new one.
      if (this.#readers.size > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    const forget = this.#source.onWake(() => this.#wake());
    // Nobody listened for a while: begin at the end, and let each reader catch up from where it was.
    this.#position = null;
    let headAt = -Infinity;
    let failures = 0;
    try {
      while (this.#readers.size > 0 && !this.#closed) {
        let more = false;
        try {
          if (this.#now() - headAt >= HEAD_EVERY_MS || !this.#position) {
            await this.#readHead();
            headAt = this.#now();
          }
          more = await this.#readPage();
          this.#error = null;
          failures = 0;
        } catch (error) {
          this.#error = toHoldpointError(error);
          failures += 1;
        }
        this.#ringAll();
        if (!more) await this.#pause(Math.min(this.#pollMs * 2 ** Math.min(failures, 4), MAX_RETRY_MS));
      }
    } finally {
      forget();
    }
  }

  async #readHead(): Promise<void> {
    const head = await this.#source.head();
    this.#lagMs = head.lagMs;
    const position = parseCursor(head.cursor);
    if (position && (!this.#position || position.epoch !== this.#position.epoch)) {
      this.#position = position;
      this.#recentAfter = position;
      this.#recent = [];
    }
  }

  /** Reads one page on from where it is. True: there may be more at once. */
  async #readPage(): Promise<boolean> {
    if (!this.#position) return false;
    const events = await this.#source.read(this.#position, PAGE);
    this.#readAt = this.#now();
    const last = events.at(-1);
    if (!last) return false;
    this.#position = last.position;
    this.#recent.push(...events);
    const surplus = this.#recent.length - this.#keep;
    if (surplus > 0) {
      this.#recentAfter = this.#recent[surplus - 1]?.position ?? last.position;
      this.#recent = this.#recent.slice(surplus);
    }
    return events.length === PAGE;
  }

  #ringAll(): void {
    for (const ring of this.#readers) ring();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function batch(events: FeedEvent[]) {
  const last = events.at(-1);
  return last ? { position: last.position, message: { kind: "events" as const, events } } : null;
}

/** Index of the first event after that position, by halving. */
function firstAfter(events: readonly FeedEvent[], position: FeedPosition): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const event = events[middle];
    if (event && comparePositions(event.position, position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A waiter that remembers one ring, so that none is lost between two waits. */
class Bell {
  #rung = false;
  #release: (() => void) | null = null;

  ring(): void {
    this.#rung = true;
    this.#release?.();
  }

  async wait(): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        this.#release = resolve;
      });
      this.#release = null;
    }
    this.#rung = false;
  }
}
