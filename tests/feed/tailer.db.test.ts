import { setTimeout as delay } from "node:timers/promises";
import {
  comparePositions,
  createFeedSource,
  FeedTailer,
  formatCursor,
  parseCursor,
  type FeedMessage,
} from "@holdpoint/db/feed";
import { createTestDatabase, startTestServer, type TestDatabase, type TestServer } from "@holdpoint/local/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let server: TestServer;
let db: TestDatabase;

beforeAll(async () => {
  // Durable: a test kills it, and what was committed must be there afterwards.
  server = await startTestServer({ durable: true });
  db = await createTestDatabase({ adminUrl: server.adminUrl });
});
afterAll(async () => {
  await db.drop();
  await server.close();
});

/** Writes one venture with its event; gives its key. */
let made = 0;
async function happen(): Promise<string> {
  const key = `venture-${++made}`;
  await db.query("select holdpoint.insert_venture($1, 'system', 'test')", [JSON.stringify({ key })]);
  return key;
}

/** Reads until so many events came, or the signal fires. */
async function take(tailer: FeedTailer, after: string | null, n: number, signal = AbortSignal.timeout(10_000)) {
  const stop = new AbortController();
  const messages: FeedMessage[] = [];
  const events = () => messages.flatMap((message) => (message.kind === "events" ? message.events : []));
  for await (const message of tailer.follow(after, AbortSignal.any([signal, stop.signal]))) {
    messages.push(message);
    if (events().length >= n) stop.abort();
  }
  return { messages, events: events(), resyncs: messages.filter((message) => message.kind === "resync") };
}

async function withTailer<T>(use: (tailer: FeedTailer) => Promise<T>, options = {}): Promise<T> {
  const tailer = new FeedTailer(createFeedSource(db.webUrl), { pollMs: 50, ...options });
  try {
    return await use(tailer);
  } finally {
    await tailer.close();
  }
}

describe("cursor", () => {
  it("reads what it wrote and refuses the rest", () => {
    const position = { epoch: 2, xid: 18_446_744_073_709_551_615n, id: 9_223_372_036_854_775_807n, index: 3 };
    expect(parseCursor(formatCursor(position))).toEqual(position);
    for (const text of ["", "1.2.3", "1.2.3.4.5", "a.b.c.d", "1.-2.3.4", "1.2.3.4 ", `1.${"9".repeat(30)}.1.1`]) {
      expect(parseCursor(text)).toBeNull();
    }
  });

  it("orders by epoch, transaction, call and event", () => {
    const order = ["1.5.9.9", "1.10.1.1", "1.10.2.1", "1.10.2.2", "1.10.10.1", "2.1.1.1"].map((text) => {
      const position = parseCursor(text);
      if (!position) throw new Error(text);
      return position;
    });
    expect(order.toReversed().toSorted(comparePositions)).toEqual(order);
  });
});

describe("tailer", () => {
  it("gives many readers, wherever each begins, every event once and in order", async () => {
    await withTailer(async (tailer) => {
      const start = (await tailer.head()).cursor;
      for (let n = 0; n < 10; n++) await happen();
      const middle = (await tailer.head()).cursor;
      const readers = [take(tailer, start, 30), take(tailer, middle, 20), take(tailer, start, 30)];
      for (let n = 0; n < 20; n++) await happen();
      const [first, second, third] = await Promise.all(readers);
      const keys = (got: typeof first) => got?.events.map((event) => event.venture);
      expect(keys(first)).toEqual(Array.from({ length: 30 }, (_, n) => `venture-${made - 29 + n}`));
      expect(keys(second)).toEqual(keys(first)?.slice(10));
      expect(keys(third)).toEqual(keys(first));
      expect([first, second, third].flatMap((got) => got?.resyncs)).toEqual([]);
    });
  });

  it("skips and repeats nothing for a reader that is cut off at random", async () => {
    await withTailer(async (tailer) => {
      let cursor = (await tailer.head()).cursor;
      const first = made + 1;
      const got: string[] = [];
      const writing = (async () => {
        for (let n = 0; n < 60; n++) await happen();
      })();
      while (got.length < 60) {
        const { events } = await take(tailer, cursor, 1 + Math.floor(Math.random() * 9), AbortSignal.timeout(300));
        // What a browser remembers is the id of the last message that it got whole.
        got.push(...events.map((event) => event.venture));
        cursor = events.at(-1)?.cursor ?? cursor;
      }
      await writing;
      expect(got).toEqual(Array.from({ length: 60 }, (_, n) => `venture-${first + n}`));
    });
  });

  it("feeds from the database what has left its memory", async () => {
    await withTailer(
      async (tailer) => {
        const start = (await tailer.head()).cursor;
        const following = take(tailer, null, 25);
        await delay(200);
        for (let n = 0; n < 25; n++) await happen();
        await following;
        expect((await take(tailer, start, 25)).events).toHaveLength(25);
      },
      { keep: 3 },
    );
  });

  it("answers a cursor that is far behind, malformed, or of another database with a resync", async () => {
    await withTailer(
      async (tailer) => {
        const { cursor } = await tailer.head();
        const start = `${cursor.split(".")[0]}.0.0.0`;
        for (const after of [start, "nonsense", "1.999999999.1.1", "99.1.1.1"]) {
          const got = await take(tailer, after, 1, AbortSignal.timeout(700));
          expect(got.messages).toEqual([{ kind: "resync", cursor }]);
        }
      },
      { maxBehind: 5 },
    );
  });

  it("does not show a commit before an older writer is done, and then shows both, in order", async () => {
    await withTailer(async (tailer) => {
      const start = (await tailer.head()).cursor;
      const slow = await db.owner.connect();
      await slow.query("begin");
      await slow.query("select holdpoint.insert_venture($1, 'system', 'test')", [
        JSON.stringify({ key: "slow-writer" }),
      ]);
      const quick = await happen();
      const early = await take(tailer, start, 1, AbortSignal.timeout(400));
      expect(early.events).toEqual([]);
      await slow.query("commit");
      slow.release();
      const { events } = await take(tailer, start, 2);
      expect(events.map((event) => event.venture)).toEqual(["slow-writer", quick]);
    });
  });

  it("waits out a database that restarts, says how old its knowledge is, and goes on", async () => {
    await withTailer(async (tailer) => {
      const start = (await tailer.head()).cursor;
      const reading = take(tailer, start, 2, AbortSignal.timeout(30_000));
      const before = await happen();
      while (tailer.state().behindMs === null) await delay(20);
      await server.stopServer("SIGQUIT");
      await delay(1_200);
      expect(tailer.state().behindMs).toBeGreaterThan(900);
      expect(tailer.state().error?.code).toBe("unavailable");
      await server.startServer();
      const after = await happen();
      const { events, resyncs } = await reading;
      expect(events.map((event) => event.venture)).toEqual([before, after]);
      expect(resyncs).toEqual([]);
      expect(tailer.state().error).toBeNull();
    });
  });
});
