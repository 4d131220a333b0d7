/** The feed: every event once, in an order that never changes behind a reader, whoever writes meanwhile. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, startTestServer } from "@holdpoint/local/testing";
import type { TestServer } from "@holdpoint/local/testing";
import { checkDatabase, seal } from "@holdpoint/db/runtime";
import { admit } from "./support/admission.ts";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import { checkFor, modelSeconds } from "./support/model-settings.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

// A server of its own: the feed waits for writers of every database of a cluster (HAZARDS 18).
let server: TestServer;
let scene: Scene;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  scene = await setScene({ database: await createTestDatabase({ adminUrl: server.adminUrl }) });
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

interface Row extends Record<string, unknown> {
  stream: string;
  seq: number;
  cursor: string;
}
async function read(cursor: string, limit: number): Promise<Row[]> {
  const [epoch, xid, id, index] = cursor.split(".");
  return scene.db.query<Row>("select stream, seq, cursor from holdpoint.read_feed($1, $2, $3, $4, $5)", [
    epoch,
    xid,
    id,
    index,
    limit,
  ]);
}
/** Everything after a cursor, page by page. */
async function readAll(from: string, limit: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = from; ;) {
    const page = await read(cursor, limit);
    if (page.length === 0) return rows;
    rows.push(...page);
    cursor = at(page, page.length - 1).cursor;
  }
}
const START = "1.0.0.0";
const key = (row: Row) => `${row.stream}/${row.seq}`;
async function everyEvent(): Promise<string[]> {
  const rows = await scene.db.query<Row>(
    "select stream, seq from public.job_events union all select stream, seq from public.venture_events",
  );
  return rows.map(key).toSorted();
}

describe("read_feed", () => {
  it(
    "shows each event once to a reader that is cut off at random, while others write",
    { timeout: 60_000 },
    async () => {
      const open = await scene.connect();
      const writers = [await scene.connect(), await scene.connect()];
      const page = fc.record({
        limit: fc.integer({ min: 1, max: 9 }),
        keep: fc.nat(9),
        write: fc.nat(5),
        hold: fc.boolean(),
      });
      let cursor = START;
      const seen: string[] = [];
      const take = async (limit: number, keep: number) => {
        const rows = await read(cursor, limit);
        // The connection broke in the middle of the page: what came before is what the reader knows.
        const kept = rows.slice(0, Math.max(1, keep));
        seen.push(...kept.map(key));
        cursor = kept.at(-1)?.cursor ?? cursor;
        return rows.length;
      };
      const submit = (on: typeof open, n: number) =>
        on.query("select holdpoint.submit_jobs($1, $2, 'acme', 'plain', array_fill('{}'::jsonb, array[$3::int]))", [
          scene.worker.id,
          scene.worker.key,
          n + 1,
        ]);
      await checkFor(
        Math.min(8, modelSeconds(8)),
        fc.array(page, { minLength: 5, maxLength: 15 }),
        async (pages) => {
          for (const { limit, keep, write, hold } of pages) {
            if (hold) await open.query("begin").then(() => submit(open, 1));
            const writing = writers.map((on) => submit(on, write));
            await take(limit, keep);
            await Promise.all(writing);
            await take(limit, keep);
            if (hold) await open.query("commit");
          }
        },
        { endOnFailure: true },
      );
      while ((await take(50, 50)) > 0) {
        // Until the reader has caught up.
      }
      expect(seen.toSorted()).toEqual(await everyEvent());
    },
  );

  it("serves nothing beyond an open writer, and then all of it in its place", async () => {
    const open = await scene.connect();
    await open.query("begin");
    await open.query("select holdpoint.submit_jobs($1, $2, 'acme', 'plain', array['{}'::jsonb])", [
      scene.worker.id,
      scene.worker.key,
    ]);
    const before = await readAll(START, 100);
    await scene.submitted(3);
    expect(await readAll(START, 100)).toEqual(before);
    await open.query("commit");
    const after = await readAll(START, 100);
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.map(key).toSorted()).toEqual(await everyEvent());
  });

  it("goes on from any position, with pages of any size", async () => {
    await admit(
      scene.on,
      scene.worker,
      (await scene.submitted(6)).map((id) => ({ id, type: "plain", venture: "acme" })),
    );
    const all = await readAll(START, 1_000);
    expect(new Set(all.map(key)).size).toBe(all.length);
    for (const limit of [1, 2, 3, 7]) expect(await readAll(START, limit), `pages of ${limit}`).toEqual(all);
    for (const [n, row] of all.entries()) expect(await readAll(row.cursor, 3)).toEqual(all.slice(n + 1));
  });
});

describe("another database under the same data", () => {
  const restored = "update holdpoint.installation set system_identifier = 'where this was restored from'";

  it("begins a new epoch once, and stops everything", async () => {
    const second = await scene.connect();
    await scene.db.query(restored);
    const epochs = await meet(scene.db, "select from holdpoint.installation for update", [
      () => checkDatabase(scene.on, scene.worker),
      () => checkDatabase(second, scene.worker),
    ]);
    expect(epochs).toEqual([2, 2]);
    const stops = await scene.db.query("select scope, by_kind from public.blocks where kind = 'stop'");
    expect(stops).toEqual([{ scope: "everything", by_kind: "system" }]);
    expect(await checkDatabase(scene.on, scene.worker)).toBe(2);
  });

  it("shows a reader the whole old epoch, transaction numbers of the future included, and then the new one", async () => {
    await scene.submitted(2);
    // Where it was restored from, far more transactions had run.
    await scene.db.query("update holdpoint.feed set xid = (xid::text::bigint + 1000000000)::text::xid8");
    expect(await checkDatabase(scene.on, scene.worker)).toBe(2);
    await scene.submitted(2);
    for (const limit of [1, 2, 50]) {
      const rows = await readAll(START, limit);
      expect(rows.map(key).toSorted()).toEqual(await everyEvent());
    }
  });

  it("is sealed with what the old epoch had not sealed yet", async () => {
    await scene.submitted(2);
    await scene.db.query(restored);
    await checkDatabase(scene.on, scene.worker);
    await scene.submitted(1);
    const sealed = await seal(scene.on, scene.worker);
    // Three jobs, acme and fleet.
    expect(sealed).toMatchObject({ no: 1, streams: 5, more: false });
    expect(await scene.db.query("select epoch from holdpoint.checkpoints")).toEqual([{ epoch: 2 }]);
    expect(await seal(scene.on, scene.worker)).toBeNull();
  });
});

describe("seal", () => {
  it("covers each stream that moved, once, and chains", async () => {
    await scene.submitted(3);
    const first = await seal(scene.on, scene.worker);
    expect(first).toMatchObject({ no: 1, streams: 5 });
    expect(await seal(scene.on, scene.worker)).toBeNull();
    await scene.submitted(1);
    expect(await seal(scene.on, scene.worker)).toMatchObject({ no: 2, streams: 1 });
  });
});
