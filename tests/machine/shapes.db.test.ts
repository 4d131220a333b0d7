/**
 * The hot calls among many rows: which indexes they use and how much they read, by the server's own counters. A plan
 * that is right on an empty table and wrong on a full one shows here. HOLDPOINT_SHAPE_ROWS sets the size.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expireJobs, heartbeat, pickReady, pickSubmitted, reap, tendBlocks } from "@holdpoint/db/runtime";
import { addVentures, insertQueued } from "./support/bulk.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { ReadyJob, Scene } from "./support/scene.ts";

const ROWS = Number(process.env["HOLDPOINT_SHAPE_ROWS"] ?? 150_000);
const VENTURES = 500;

let scene: Scene;
let small: Person;
beforeAll(async () => {
  scene = await setScene();
  await addVentures(scene.db, VENTURES);
  // Nine of ten jobs are one venture's; the others are spread, in three types.
  await insertQueued(
    scene.db,
    ROWS,
    `case when n % 10 = 0 then 'v-' || to_char(n / 10 % ${VENTURES}, 'FM0000') else 'v-0000' end`,
    "(array['plain', 'large', 'effectful'])[1 + n / 10 % 3]",
  );
  await scene.db.query("analyze public.jobs");
  small = await scene.signIn("viewer", "v-0007");
}, 240_000);
afterAll(() => scene.close());

interface Reads {
  /** Scans per index, without the partition's month. */
  indexes: Map<string, number>;
  /** Rows that sequential scans read, and rows that index scans read. */
  sequential: number;
  entries: number;
}

async function counters(): Promise<Reads> {
  // Both connections that are measured tell their counts at once instead of within a second.
  await scene.on.query("select pg_stat_force_next_flush()");
  await scene.on.query("select 1");
  await small.rows("select pg_stat_force_next_flush()");
  await small.rows("select 1");
  const indexes = await scene.db.query<{ name: string; scans: number; entries: number }>(
    `select regexp_replace(i.indexrelname, '_y\\d+m\\d+', '') as name, sum(i.idx_scan)::int as scans, sum(i.idx_tup_read)::int as entries
     from pg_stat_user_indexes i where i.relname ~ '^(jobs|runs|job_events)_y' group by 1`,
  );
  const [tables] = await scene.db.query<{ n: number }>(
    "select sum(seq_tup_read)::int as n from pg_stat_user_tables where relname ~ '^(jobs|runs|job_events)_y'",
  );
  return {
    indexes: new Map(indexes.map((row) => [row.name, row.scans])),
    sequential: tables?.n ?? 0,
    entries: indexes.reduce((sum, row) => sum + row.entries, 0),
  };
}

/** What a call on the scene's connection read. */
async function reads<T>(call: () => Promise<T>): Promise<Reads & { answer: T; ms: number }> {
  const before = await counters();
  const began = performance.now();
  const answer = await call();
  const ms = performance.now() - began;
  const after = await counters();
  const used = [...after.indexes].map(([name, n]) => [name, n - (before.indexes.get(name) ?? 0)] as const);
  return {
    answer,
    ms,
    indexes: new Map(used.filter(([, n]) => n > 0)),
    sequential: after.sequential - before.sequential,
    entries: after.entries - before.entries,
  };
}

const pick = (want: number, cursor = "") =>
  pickReady(scene.on, scene.worker, { queue: "job", want, cursor, out: [], look: true });
async function ready(want: number, cursor = ""): Promise<ReadyJob[]> {
  const rows = await pick(want, cursor);
  return rows.filter((row) => row.kind === "ready").map((row) => ({ id: row.job_id, dispatchNo: row.dispatch_no }));
}

describe(`among ${ROWS} queued jobs of ${VENTURES} ventures`, () => {
  it("the pick reads a few entries per line, and no more when the first ventures are blocked", async () => {
    const first = await reads(() => pick(64));
    expect(first.answer.filter((row) => row.kind === "ready")).toHaveLength(64);
    expect(first.sequential).toBe(0);
    expect([...first.indexes.keys()]).toEqual(["jobs_queue_venture_type_paid_run_at_id_dispatch_no_idx"]);
    expect(first.entries).toBeLessThan(3_000);
    await scene.db.query(
      `insert into public.blocks (id, scope, key, kind, venture, reason, since, by_kind, by_id)
       select gen_random_uuid(), 'type', t, 'pause', 'fleet', 'a test', now(), 'system', 'test' from unnest(array['large', 'effectful']) t`,
    );
    const behind = await reads(() => pick(64));
    await scene.db.query("delete from public.blocks");
    expect(behind.answer.filter((row) => row.kind === "ready")).toHaveLength(64);
    expect(behind.entries).toBeLessThan(3_000);
    const times = [];
    for (let i = 0; i < 40; i++) times.push((await reads(() => pick(64))).ms);
    console.log(`pick of 64: median ${times.toSorted((a, b) => a - b)[20]?.toFixed(1)} ms`);
  });

  it("claim, renew and settle go by primary key, and never by the index of the ready", async () => {
    // The first call of each plans; the shape must not depend on it.
    for (let round = 0; round < 3; round++) {
      const jobs = await ready(50);
      const claim = await reads(() => scene.claim(jobs));
      expect(claim.answer.filter((row) => row.verdict === "claimed")).toHaveLength(50);
      const leases = claim.answer.map((row) => ({ jobId: row.job_id, token: row.token }));
      const renew = await reads(() =>
        heartbeat(
          scene.on,
          scene.worker,
          leases.map((lease) => ({ ...lease, progress: null })),
          {},
        ),
      );
      const failed = { outcome: "failed", errorClass: "bug", errorMessage: "a bug" } as const;
      const settle = await reads(() =>
        scene.settle(leases.map((lease, n) => (n % 2 === 0 ? lease : { ...lease, ...failed }))),
      );
      expect(settle.answer.every((row) => row.verdict === "settled")).toBe(true);
      for (const [name, call] of Object.entries({ claim, renew, settle })) {
        expect(call.sequential, name).toBe(0);
        expect(
          [...call.indexes.keys()].filter((index) => !/^(jobs|runs|job_events)_pkey$|^runs_worker_id/.test(index)),
          name,
        ).toEqual([]);
        expect(call.entries, name).toBeLessThan(50 * 30);
      }
      console.log(
        `50 jobs: claim ${claim.ms.toFixed(1)} ms, renew ${renew.ms.toFixed(1)} ms, settle ${settle.ms.toFixed(1)} ms`,
      );
    }
  });

  it("the duties look only at what they look for", async () => {
    const duties: Record<string, () => Promise<unknown>> = {
      admission: () => pickSubmitted(scene.on, scene.worker, 100),
      reap: () => reap(scene.on, scene.worker, 100),
      expire: () => expireJobs(scene.on, scene.worker, 100),
      blocks: () => tendBlocks(scene.on, scene.worker),
    };
    for (const [name, duty] of Object.entries(duties)) {
      const call = await reads(duty);
      expect(call.sequential, name).toBe(0);
      expect(call.entries, name).toBeLessThan(1_000);
    }
  });

  it("the counts of an operator who may see little read little", async () => {
    for (const fn of ["queue_counts", "now_facts"]) {
      const call = await reads(() => small.call(fn));
      expect(call.sequential + call.entries, fn).toBeLessThan(2_000);
    }
    const [job] = (await small.call<{ queue: string; ready: number; capped: boolean }[]>("queue_counts")) ?? [];
    expect(job).toMatchObject({ queue: "job", capped: false });
    // Its own jobs only; a few of them have run in the tests before.
    expect(job?.ready).toBeLessThanOrEqual(ROWS / 10 / VENTURES);
    expect(job?.ready).toBeGreaterThan(ROWS / 10 / VENTURES - 10);
  });

  it("the inbox reads what is in it", async () => {
    const inbox = `select id from public.jobs where phase in ('h', 'd', 'x')
      order by held_until, id limit 100`;
    const [held] = await scene.admitted(1, { venture: "v-0007", decision: "held" });
    const call = await reads(() => small.rows(inbox));
    expect(call.answer).toEqual([{ id: held?.id }]);
    expect(call.sequential + call.entries).toBeLessThan(200);
    // Exactly those: what the index leaves out is not in the inbox.
    const [wrong] = await scene.db.query(
      `select count(*)::int as n from public.jobs where coalesce(phase in ('h', 'd', 'x'), false) <> (state in ('held', 'dead', 'quarantined'))`,
    );
    expect(wrong).toEqual({ n: 0 });
  });

  it("policies ask who is there once per statement, not once per row", async () => {
    for (const table of [
      "jobs",
      "runs",
      "job_events",
      "tasks",
      "run_logs",
      "operators",
      "memberships",
      "blocks",
      "settings",
    ]) {
      const plan = await small.rows(
        `explain (analyze, costs off, timing off, summary off) select * from public.${table} limit 2000`,
      );
      const text = plan.map((row) => String(row["QUERY PLAN"])).join("\n");
      expect(text, table).toMatch(/InitPlan|hashed SubPlan/);
      // What the plan runs for each row names no function that looks at the session.
      const filters = text
        .split("\n")
        .filter((line) => /Filter:|Index Cond:/.test(line))
        .join("\n");
      expect(filters, table).not.toMatch(/live_operator|my_ventures|role_in|auth\./);
    }
  });
});
