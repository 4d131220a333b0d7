import pg from "pg";
import { z } from "zod";
import { toHoldpointError } from "../errors.ts";
import { DatabasePool } from "../pool.ts";
import { formatCursor, parseCursor, type FeedPosition } from "./cursor.ts";
import type { FeedEvent, FeedHead, FeedSource } from "./event.ts";

const CHANNELS = ["holdpoint_wake", "holdpoint_control"];
const RELISTEN_MS = 1_000;

const row = z.object({
  stream: z.string(),
  seq: z.number(),
  venture: z.string(),
  // Null for a stream whose month was dropped since.
  type: z.string().nullable(),
  at: z.date().nullable(),
  cursor: z.string(),
});
const head = z.object({ cursor: z.string(), epoch: z.number(), oldest_unsettled_s: z.coerce.number() });

/**
 * Reads the feed as role holdpoint_web over two connections, and listens on a third for wake-ups. Nothing is opened
 * before the first use. A broken connection is replaced; reading fails as `unavailable` meanwhile.
 */
export function createFeedSource(url: string): FeedSource {
  const pool = new DatabasePool({ url, max: 2, name: "holdpoint web feed", queryTimeoutMs: 10_000 });
  const listener = new WakeListener(url);
  return {
    async read(after, limit) {
      const values = [after.epoch, after.xid.toString(), after.id.toString(), after.index, limit];
      const text = "select stream, seq, venture, type, at, cursor from holdpoint.read_feed($1, $2, $3, $4, $5)";
      const { rows } = await run(() => pool.query({ name: "read_feed", text, values }));
      return rows.map((one) => toEvent(row.parse(one)));
    },
    async head() {
      const { rows } = await run(() => pool.query<{ head: unknown }>({ text: "select holdpoint.feed_head() as head" }));
      const { cursor, epoch, oldest_unsettled_s } = head.parse(rows[0]?.head);
      return { cursor, epoch, lagMs: Math.max(0, oldest_unsettled_s * 1_000) } satisfies FeedHead;
    },
    onWake: (wake) => listener.add(wake),
    async close() {
      await Promise.all([listener.close(), pool.end()]);
    },
  };
}

async function run<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toHoldpointError(error);
  }
}

function toEvent(one: z.output<typeof row>): FeedEvent {
  const position: FeedPosition | null = parseCursor(one.cursor);
  if (!position) throw new TypeError(`read_feed gave "${one.cursor}" as a cursor`);
  const at = one.at?.toISOString() ?? null;
  return { ...one, at, type: one.type ?? "dropped", cursor: formatCursor(position), position };
}

/** One LISTEN connection while somebody waits; it comes back by itself after a restart of the database. */
class WakeListener {
  readonly #url: string;
  readonly #wakes = new Set<() => void>();
  #client: pg.Client | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  add(wake: () => void): () => void {
    this.#wakes.add(wake);
    if (!this.#client && !this.#retry) void this.#connect();
    return () => {
      this.#wakes.delete(wake);
      if (this.#wakes.size === 0) void this.#disconnect();
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wakes.clear();
    await this.#disconnect();
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: "holdpoint web listen",
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    this.#client = client;
    const lost = () => this.#lost(client);
    client.on("error", lost);
    client.on("end", lost);
    client.on("notification", () => {
      for (const wake of this.#wakes) wake();
    });
    try {
      await client.connect();
      await client.query(CHANNELS.map((channel) => `listen ${channel}`).join(";"));
    } catch {
      // Polling goes on without the wake-ups; the next try is a second away.
      lost();
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.end().catch(() => undefined);
    if (this.#closed || this.#wakes.size === 0) return;
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (!this.#closed && this.#wakes.size > 0) void this.#connect();
    }, RELISTEN_MS);
  }

  async #disconnect(): Promise<void> {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = null;
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }
}
