/**
 * Each reason that can hold work back, with 100,000 jobs behind it: one row; two events in all (none for what fills and
 * frees all day), one alert, nothing per job; the pick goes past it as fast as before; one lift and all are ready.
 *
 * In the end all start: once for each way that pick and claim have, not once for each reason. Which way it is depends on the
 * line and on what pick and claim read besides the jobs: blocks, limits, caps and circuits. Each reason's case shows that
 * its lift leaves none of that behind, and nothing on the jobs; so the start after it is the start that comes at the end:
 * plain work under its venture's limits (stops, pauses, a missing worker, both limits of a venture), work whose type
 * has a limit and a provider (a type's limit, a provider's rate, pause and outage), paid work (a cap).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endWorker, pickReady, tendBlocks } from "@holdpoint/db/runtime";
import { at } from "../support/at.ts";
import { insertQueued } from "../support/bulk.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, Scene } from "../support/scene.ts";
import { TYPES } from "../support/types.ts";
import { startWorker } from "../support/worker.ts";
import type { TestWorker } from "../support/worker.ts";

const MANY = Number(process.env["HOLDPOINT_LIMIT_ROWS"] ?? 100_000);
const TYPE_LIST = [
  TYPES.plain,
  { ...TYPES.plain, name: "linked", providers: ["github"] },
  TYPES.large,
  TYPES.effectful,
  TYPES.paid,
];
const BATCH = 400;
/** Who looks: it knows all types but the one that the "no worker" case takes away. */
const WATCHER_TYPES = [TYPES.plain, TYPES.large, TYPES.paid];

let scene: Scene;
let admin: Person;
let worker: TestWorker;
let watcher: TestWorker;
let leases: Lease[] = [];

beforeAll(async () => {
  scene = await setScene();
  await endWorker(scene.on, scene.worker, "another one comes");
  // Nobody beats here: for this long they are live all the same.
  await scene.db.query("update public.settings set lease_ms = 3600000");
  admin = await scene.signIn("admin");
  worker = await startWorker(scene.on, { types: TYPE_LIST });
  watcher = await startWorker(scene.on, { types: WATCHER_TYPES });
  await scene.addVenture("busy");
  await scene.addVenture("zoo");
  await insertQueued(scene.db, MANY, "'busy'", "'plain'");
  await insertQueued(scene.db, MANY, "'busy'", "'linked'");
  await insertQueued(scene.db, MANY, "'busy'", "'paid'", {
    paid: "true",
    estimate_microusd: "1000000",
    ceiling_microusd: "5000000",
  });
  // What is not behind it, and comes after it in the order of the lines.
  await insertQueued(scene.db, 50, "'zoo'", "'large'");
  await scene.db.query("vacuum analyze public.jobs");
}, 300_000);
afterAll(() => scene.close());

const pick = async (want = 20) => {
  const rows = await pickReady(scene.on, watcher, { queue: "job", want, cursor: "", out: [], look: true });
  return rows.filter((row) => row.kind === "ready");
};
const linesOf = async () => new Set((await pick(200)).map((row) => `${row.venture}/${row.type}`));
const tend = () => tendBlocks(scene.on, watcher);
async function claim(type: string, n: number): Promise<string[]> {
  const jobs = await scene.db.query<{ id: string; dispatch_no: number }>(
    "select id, dispatch_no from public.jobs where venture = 'busy' and type = $1 and phase = 'q' and run_at <= clock_timestamp() order by id limit $2",
    [type, n],
  );
  const rows = await scene.claim(
    jobs.map((job) => ({ id: job.id, dispatchNo: job.dispatch_no })),
    worker,
  );
  leases.push(
    ...rows.filter((row) => row.verdict === "claimed").map((row) => ({ jobId: row.job_id, token: row.token })),
  );
  return rows.map((row) => row.verdict).toSorted();
}
async function settleAll(): Promise<void> {
  if (leases.length > 0) await scene.settle(leases, worker);
  leases = [];
}
const limit = (scope: string, key: string, kind: string, max: number | null, more: object = {}) =>
  admin.call("set_limit", { scope, key, kind, max, ...more });
const provider = (max: number) => limit("provider", "github", "rate", max, { per_ms: 3_600_000 });
const cap = (dollars: number) => {
  const microusd = dollars * 1_000_000;
  const request = { venture: "busy", period: "day", cap_microusd: microusd, threshold_microusd: microusd };
  return admin.call("set_cap", request);
};
const wake = () => scene.db.query("update public.blocks set wake_at = clock_timestamp() where wake_at is not null");
async function told(): Promise<{ events: string[]; alerts: number }> {
  const events = await scene.db.query<{ type: string }>(
    `select type from public.venture_events where type ~ '^(stop|work|limit|cap|type|provider)[.]' and type not in ('limit.set', 'cap.set')
       and coalesce(body::jsonb #>> '{data,type}', 'linked') = 'linked' order by at, seq`,
  );
  const [alerts] = await scene.db.query<{ n: number }>(
    "select count(*)::int as n from public.tasks where queue = 'alert'",
  );
  return { events: events.map((row) => row.type), alerts: alerts?.n ?? 0 };
}
async function untouched(): Promise<{ ready: number; redispatched: number; events: number }> {
  const [row] = await scene.db.query<{ ready: number; redispatched: number; events: number }>(
    `select (select count(*)::int from public.jobs j where j.phase = 'q' and j.run_at <= clock_timestamp()) as ready,
       (select count(*)::int from public.jobs j where j.dispatch_no > 1) as redispatched,
       (select count(*)::int from public.job_events e where e.type not in ('running', 'succeeded', 'retry_planned', 'snoozed')) as events`,
  );
  return row ?? { ready: 0, redispatched: 0, events: 0 };
}

type Line = "plain" | "linked" | "paid";
const ALL = ["plain", "linked", "paid"] as const satisfies Line[];
interface Reason {
  name: string;
  /** Which lines it holds back. */
  holds: readonly Line[];
  /** Whether the other venture goes on. */
  others?: boolean;
  set: () => Promise<unknown>;
  lift: () => Promise<unknown>;
  /** Takes the limit away, so that some can start. */
  after?: () => Promise<unknown>;
  /** What its starts count on stays, so high that it never fills: they are counted in the end as well. */
  counted?: true;
  events: readonly string[];
  alerts: number;
}

const none = () => Promise.resolve();
let stop = "";
const REASONS: readonly Reason[] = [
  {
    name: "a provider that is down",
    holds: ["linked"],
    set: async () => {
      expect(await claim("linked", 5)).toEqual(Array(5).fill("claimed"));
      const failed = { outcome: "failed", errorClass: "transient", result: { $provider: "github" } } as const;
      await scene.settle(
        leases.map((lease) => ({ ...lease, ...failed })),
        worker,
      );
      leases = [];
      await tend();
    },
    lift: async () => {
      await wake();
      await tend();
      // Half open: one tries, the others wait for it.
      expect(await claim("linked", 3)).toEqual(["claimed", "limit", "limit"]);
      expect(await linesOf()).not.toContain("busy/linked");
      await settleAll();
      await tend();
    },
    counted: true,
    events: ["provider.down", "provider.up"],
    alerts: 1,
  },
  {
    name: "a stop of the venture",
    holds: ALL,
    set: async () => (stop = (await admin.call<{ id: string }>("engage_stop", "venture", "busy", "a test")).id),
    lift: () => admin.call("lift_stop", stop, "LIFT"),
    events: ["stop.engaged", "stop.lifted"],
    alerts: 1,
  },
  {
    name: "a stop of everything",
    holds: ALL,
    others: false,
    set: async () => (stop = (await admin.call<{ id: string }>("engage_stop", "everything", "", "a test")).id),
    lift: () => admin.call("lift_stop", stop, "LIFT"),
    events: ["stop.engaged", "stop.lifted"],
    alerts: 1,
  },
  {
    name: "a pause of the type",
    holds: ["plain"],
    set: () => admin.call("pause_work", "type", "plain", "a test"),
    lift: () => admin.call("resume_work", "type", "plain", null),
    events: ["work.paused", "work.resumed"],
    alerts: 0,
  },
  {
    name: "a pause of the queue",
    holds: ALL,
    others: false,
    set: () => admin.call("pause_work", "queue", "job", "a test"),
    lift: () => admin.call("resume_work", "queue", "job", null),
    events: ["work.paused", "work.resumed"],
    alerts: 0,
  },
  {
    name: "a full concurrency limit of the venture",
    holds: ALL,
    set: async () => {
      // One for each line that waits behind it.
      await limit("venture", "busy", "concurrency", ALL.length);
      expect(await claim("plain", ALL.length)).toEqual(ALL.map(() => "claimed"));
    },
    lift: settleAll,
    after: () => limit("venture", "busy", "concurrency", 1_000_000),
    counted: true,
    events: [],
    alerts: 0,
  },
  {
    name: "a full concurrency limit of the type",
    holds: ["linked"],
    set: async () => {
      await limit("type", "linked", "concurrency", 2);
      expect(await claim("linked", 3)).toEqual(["claimed", "claimed", "limit"]);
    },
    lift: settleAll,
    after: () => limit("type", "linked", "concurrency", 1_000_000),
    counted: true,
    events: [],
    alerts: 0,
  },
  {
    name: "first starts that are used up",
    holds: ALL,
    set: async () => {
      await limit("venture", "busy", "first_starts", 0);
      expect(await claim("plain", 2)).toEqual(["limit", "limit"]);
    },
    lift: () => limit("venture", "busy", "first_starts", 1_000_000),
    counted: true,
    events: ["limit.reached", "limit.lifted"],
    alerts: 1,
  },
  {
    name: "a cap that is spent",
    holds: ["paid"],
    set: async () => {
      await cap(6);
      expect(await claim("paid", 3)).toEqual(["cap", "cap", "claimed"]);
      await scene.settle(
        leases.map((lease) => ({ ...lease, costMicrousd: 5_000_000 })),
        worker,
      );
      leases = [];
      await tend();
    },
    lift: () => cap(1_000_000),
    counted: true,
    events: ["cap.reached", "cap.lifted"],
    alerts: 1,
  },
  {
    name: "a type that no live worker knows",
    holds: ["linked"],
    set: async () => {
      await endWorker(scene.on, worker, "a test");
      await tend();
    },
    lift: async () => {
      worker = await startWorker(scene.on, { types: TYPE_LIST });
      await tend();
    },
    events: ["type.unserved", "type.served"],
    alerts: 0,
  },
  {
    name: "a provider's rate",
    holds: ["linked"],
    set: async () => {
      await provider(2);
      expect(await claim("linked", 3)).toEqual(["claimed", "claimed", "limit"]);
      await settleAll();
    },
    lift: () => provider(1_000_000),
    counted: true,
    events: [],
    alerts: 0,
  },
  {
    name: "a provider that asked for a pause",
    holds: ["linked"],
    set: async () => {
      expect(await claim("linked", 1)).toEqual(["claimed"]);
      const failed = {
        outcome: "failed",
        errorClass: "transient",
        retry: { ms: 3_600_000 },
        result: { $provider: "github" },
      } as const;
      await scene.settle([{ ...at(leases, 0), ...failed }], worker);
      leases = [];
      await tend();
    },
    lift: async () => {
      await wake();
      await tend();
    },
    counted: true,
    events: ["provider.paused", "provider.resumed"],
    alerts: 1,
  },
];

/** All that pick and claim read besides the jobs and what workers know. */
const gates = () =>
  scene.db.query<{ gate: string }>(
    `select 'block ' || b.scope || ' ' || b.key || ' ' || b.kind as gate from public.blocks b
     union all select 'limit ' || l.scope || ' ' || l.key || ' ' || l.kind || ' ' || l.max || ' in use ' || l.in_use from public.limits l
     union all select 'cap ' || c::text from public.caps c
     union all select 'circuit ' || p.name || coalesce(' open ' || p.opened_at, '') || coalesce(' trial ' || p.trial_job, '') from holdpoint.providers p
     order by 1`,
  );

async function median(): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < 15; i++) {
    const from = performance.now();
    await pick();
    took.push(performance.now() - from);
  }
  return took.toSorted((a, b) => a - b)[7] ?? 0;
}

describe(`${MANY} jobs behind`, () => {
  it.each(REASONS)(
    "$name",
    { timeout: 120_000 },
    async ({ holds, others = true, set, lift, after = none, counted, events, alerts }) => {
      const free = new Set([...ALL.map((type) => `busy/${type}`), "zoo/large"]);
      expect(await linesOf()).toEqual(free);
      const before = { told: await told(), jobs: await untouched(), ms: await median(), gates: await gates() };
      await set();
      const left = new Set(
        [...free].filter((line) => (line === "zoo/large" ? others : !holds.some((type) => line === `busy/${type}`))),
      );
      expect(await linesOf()).toEqual(left);
      // Nobody waits longer for what is not behind it.
      expect(await median()).toBeLessThan(5 * before.ms + 50);
      await lift();
      expect(await linesOf()).toEqual(free);
      const then = { told: await told(), jobs: await untouched() };
      expect(then.told.events.slice(before.told.events.length)).toEqual(events);
      expect(then.told.alerts - before.told.alerts).toBe(alerts);
      // A handful was tried and started; of all others nothing was written.
      expect(then.jobs.ready).toBeGreaterThanOrEqual(before.jobs.ready - 6);
      expect(then.jobs.redispatched - before.jobs.redispatched).toBeLessThanOrEqual(8);
      expect(then.jobs.events).toBe(before.jobs.events);
      const left_ = await gates();
      if (counted) expect(left_.filter(({ gate }) => gate.startsWith("block"))).toEqual([]);
      else expect(left_).toEqual(before.gates);
      // What was lifted starts.
      await after();
      const started = await claim(holds[0] ?? "plain", 3);
      expect(started).toEqual(["claimed", "claimed", "claimed"]);
      await settleAll();
    },
  );

  it.each(ALL)("all $0 work starts: none is left behind", { timeout: 300_000 }, async (type) => {
    for (const other of ALL) if (other !== type) await admin.call("pause_work", "type", other, "a test");
    await scene.db.query(
      "update public.jobs set run_at = clock_timestamp() where phase = 'q' and run_at > clock_timestamp()",
    );
    const took = { from: performance.now(), calls: 0 };
    for (let ready = await pick(BATCH); ready.some((row) => row.type === type); ready = await pick(BATCH)) {
      const hints = ready
        .filter((row) => row.type === type)
        .map((row) => ({ id: row.job_id, dispatchNo: row.dispatch_no }));
      const verdicts = new Set((await scene.claim(hints, worker)).map((row) => row.verdict));
      expect(verdicts).toEqual(new Set(["claimed"]));
      took.calls += 1;
    }
    console.log(`${type}: ${took.calls} claims in ${Math.round(performance.now() - took.from)} ms`);
    const [row] = await scene.db.query<{ started: number; jobs: number }>(
      `select count(*) filter (where j.run_no > 0)::int as started, count(*)::int as jobs from public.jobs j where j.type = $1`,
      [type],
    );
    expect(row).toEqual({ started: MANY, jobs: MANY });
    for (const other of ALL) if (other !== type) await admin.call("resume_work", "type", other, null);
  });
});
