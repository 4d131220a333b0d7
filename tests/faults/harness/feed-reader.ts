import { setTimeout as after } from "node:timers/promises";
import { createFeedSource, parseCursor } from "@holdpoint/db/feed";
import type { FeedPosition } from "@holdpoint/db/feed";
import type { SeenEvent } from "../checker/history.ts";
import type { Random } from "./random.ts";

const START: FeedPosition = { epoch: 1, xid: 0n, id: 0n, index: 0 };

/**
 * A browser's view of the feed: it remembers the cursor of the last event it handled and nothing else, is cut off at
 * random in the middle of a page, and comes back with that cursor.
 */
export class FeedReader {
  readonly seen: SeenEvent[] = [];
  #position = START;
  #closed = false;
  readonly #url: string;
  readonly #random: Random;
  readonly #loop: Promise<void>;

  constructor(url: string, random: Random) {
    this.#url = url;
    this.#random = random;
    this.#loop = this.#run();
  }

  /** Reads to the end once more, then stops. */
  async finish(): Promise<void> {
    this.#closed = true;
    await this.#loop;
    const source = createFeedSource(this.#url);
    for (;;) {
      const events = await source.read(this.#position, 500);
      if (events.length === 0) break;
      for (const event of events) this.#take(event);
    }
    await source.close();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      const source = createFeedSource(this.#url);
      try {
        for (let page = this.#random.between(1, 8); page > 0 && !this.#closed; page--) {
          const events = await source.read(this.#position, this.#random.between(1, 200));
          const handled = this.#random.next() < 0.3 ? this.#random.between(0, events.length) : events.length;
          for (const event of events.slice(0, handled)) this.#take(event);
          await after(events.length > 0 ? 20 : 200);
        }
      } catch {
        // The database is being restarted: the reader comes back with its cursor, as a browser does.
        await after(200);
      } finally {
        await source.close();
      }
    }
  }

  #take(event: { stream: string; seq: number; cursor: string }): void {
    const position = parseCursor(event.cursor);
    if (!position) throw new Error(`not a cursor: ${event.cursor}`);
    this.seen.push({ stream: event.stream, seq: event.seq });
    this.#position = position;
  }
}
