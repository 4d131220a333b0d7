/** Concurrency keys: what waits, what is canceled, who comes next; and that nothing of it is lost whatever meets. */
import fc from "fast-check";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimJobs, expireJobs, reap, settleRuns, tendBlocks } from "@holdpoint/db/runtime";
import type { Settlement } from "@holdpoint/db/runtime";
import { expectInvariants } from "./support/invariants.ts";
import { admitKeyed, keyedWorker } from "./support/keyed.ts";
import type { Strategy } from "./support/keyed.ts";
import { meet } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene, settlement } from "./support/scene.ts";
import type { Lease, Scene } from "./support/scene.ts";
import type { TestWorker } from "./support/worker.ts";

const STRATEGIES = ["queue", "skip", "cancel_old", "newest_waiting"] as const satisfies readonly Strategy[];
const SEED = Number(process.env["HOLDPOINT_SEED"] ?? Date.now() % 1_000_000);

let scene: Scene;
let admin: Person;
let worker: TestWorker;
let deadlocks = 0;
beforeEach(async () => {
  deadlocks = 0;
  scene = await setScene();
  admin = await scene.signIn("admin");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

interface Row {
  id: string;
  state: string;
  waits_for: string | null;
  reason: string | null;
  dispatch_no: number;
  token: string | null;
  key: string;
  cancel: boolean;
}
const jobs = (key?: string) =>
  scene.db.query<Row>(
    `select id, state::text as state, waits_for, reason, dispatch_no, token, concurrency_key as key, cancel_requested_at is not null as cancel
     from public.jobs where concurrency_key is not null and ($1::text is null or concurrency_key = $1) order by id`,
    [key ?? null],
  );
/** `state`, or `waits` when it waits for its key. */
const shown = (row: Row) => (row.waits_for === null ? row.state : "waits");
const states = async () => (await jobs()).map(shown);
const ready = (row: Row) => row.state === "queued" && row.waits_for === null;
async function claimReady(on: pg.Client = scene.on): Promise<Lease[]> {
  const due = (await jobs()).filter(ready);
  const rows = await claimJobs(
    on,
    worker,
    crypto.randomUUID(),
    "build",
    due.map((row) => row.id),
    due.map((row) => row.dispatch_no),
  );
  return rows.filter((row) => row.verdict === "claimed").map((row) => ({ jobId: row.job_id, token: row.token }));
}
const begin = async (strategy: Strategy, limit = 1) => {
  worker = await keyedWorker(scene, "keyed", limit, strategy);
};
const submit = (...keys: string[]) => admitKeyed(scene, "keyed", keys);

describe("queue", () => {
  it("lets so many of a key run, keeps the others out of dispatch, and goes on with the oldest", async () => {
    await begin("queue", 2);
    await submit("a", "a", "a", "b");
    expect(await states()).toEqual(["queued", "queued", "waits", "queued"]);
    const [row] = (await jobs()).filter((one) => one.waits_for !== null);
    const seen = await admin.call<{ job: { blocked_by: string; run_at: string; created_at: string } }>(
      "job_detail",
      row!.id,
    );
    expect(seen.job.blocked_by).toBe("concurrency_key:a");
    expect(new Date(seen.job.run_at).getFullYear()).toBe(new Date(seen.job.created_at).getFullYear());
    const leases = await claimReady();
    expect(leases).toHaveLength(3);
    await scene.settle([leases[0]!], worker);
    expect(await states()).toEqual(["succeeded", "running", "queued", "running"]);
  });

  it.each(["failed", "stopped", "canceled"] as const)("goes on when a run has %s", async (outcome) => {
    await begin("queue");
    await submit("a", "a");
    const leases = await claimReady();
    await scene.settle([{ ...leases[0]!, outcome, errorClass: outcome === "failed" ? "bad_input" : null }], worker);
    expect((await jobs()).map(shown)[1]).toBe("queued");
    expect(await claimReady()).not.toEqual([]);
  });

  it("goes on when a lease runs out, when one is canceled, and when one expires", async () => {
    await begin("queue");
    const [first, second, third] = await submit("a", "a", "a");
    await claimReady();
    await scene.leasesOver();
    await scene.on.query("select holdpoint.reap($1, $2, 10)", [worker.id, worker.key]);
    // The lost one comes due by itself, and waits behind the one that was given its slot.
    expect(await claimReady()).toHaveLength(1);
    expect(await states()).toEqual(["waits", "running", "waits"]);
    await admin.call("cancel_job", first, "no longer wanted");
    expect(await states()).toEqual(["canceled", "running", "waits"]);
    const [row] = (await jobs()).filter((one) => one.id === second);
    await scene.settle([{ jobId: second!, token: row!.token! }], worker);
    await scene.db.query("update public.jobs set start_by = clock_timestamp() where id = $1", [third]);
    expect(await expireJobs(scene.on, worker, 10)).toBe(1);
    expect(await states()).toEqual(["canceled", "succeeded", "expired"]);
    expect(await scene.db.query("select 1 from holdpoint.key_jobs")).toEqual([]);
    expect(await scene.db.query("select 1 from holdpoint.concurrency_keys")).toEqual([]);
  });

  it("a job that comes due later takes its slot at the gate, or waits from then on", async () => {
    await begin("queue");
    const [later] = await admitKeyed(scene, "keyed", ["a"], { runAt: new Date(Date.now() + 3_600_000) });
    await submit("a");
    await claimReady();
    await scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1", [later]);
    expect(await claimReady()).toEqual([]);
    expect(await states()).toEqual(["waits", "running"]);
  });

  it("keys of two ventures are two keys", async () => {
    await begin("queue");
    await scene.addVenture("beta");
    await submit("a");
    await admitKeyed(scene, "keyed", ["a"], { venture: "beta" });
    expect(await states()).toEqual(["queued", "queued"]);
  });

  it("a slot that was left without a word is found by the janitor", async () => {
    await begin("queue");
    const [first] = await submit("a", "a");
    await scene.db.query("update public.jobs set state = 'submitted', phase = 's', slots = null where id = $1", [
      first,
    ]);
    await scene.db.query("update holdpoint.key_jobs set checked_at = now() - interval '1 hour'");
    expect(await tendBlocks(scene.on, worker)).toBe(1);
    expect(await states()).toEqual(["submitted", "queued"]);
    await admin.call("cancel_job", first, "the test is over");
  });
});

describe("the other strategies", () => {
  it("skip: the new one ends, saying why", async () => {
    await begin("skip");
    await submit("a", "a");
    expect(await states()).toEqual(["queued", "canceled"]);
    expect((await jobs())[1]?.reason).toBe("concurrency_key_busy");
    // A retry is no new job: it waits.
    const [lease] = await claimReady();
    await scene.settle([{ ...lease!, outcome: "stopped" }], worker);
    await submit("a");
    await claimReady();
    expect(await states()).toEqual(["waits", "canceled", "running"]);
  });

  it("cancel_old: what waits ends, what runs is asked to, and the new one starts when it has", async () => {
    await begin("cancel_old");
    const [first] = await submit("a");
    const [lease] = await claimReady();
    await submit("a");
    expect(await states()).toEqual(["running", "waits"]);
    expect(await scene.events(first!)).toEqual(["submitted", "queued", "running", "cancel_requested"]);
    await submit("a");
    expect(await states()).toEqual(["running", "canceled", "waits"]);
    await scene.settle([{ ...lease!, outcome: "canceled" }], worker);
    expect((await jobs()).map((row) => [shown(row), row.reason])).toEqual([
      ["canceled", "superseded"],
      ["canceled", "superseded"],
      ["queued", "because"],
    ]);
  });

  it("newest_waiting: one waits, the newest", async () => {
    await begin("newest_waiting");
    await submit("a");
    const [lease] = await claimReady();
    await submit("a", "a", "a");
    expect(await states()).toEqual(["running", "canceled", "canceled", "waits"]);
    await scene.settle([lease!], worker);
    expect(await states()).toEqual(["succeeded", "canceled", "canceled", "queued"]);
  });
});

describe("what meets", () => {
  it("two submits for one slot: one is ready, one waits; a settle and a submit lose nothing", async () => {
    await begin("queue");
    await submit("a");
    const [lease] = await claimReady();
    const hold = "select from holdpoint.concurrency_keys for update";
    const on = await Promise.all([scene.connect(), scene.connect(), scene.connect()]);
    await meet<unknown>(scene.db, hold, [
      () => admitKeyed(scene, "keyed", ["a"], { on: on[0]! }),
      () => settleRuns(on[1]!, worker, [settlement(lease!)]),
      () => admitKeyed(scene, "keyed", ["a"], { on: on[2]! }),
    ]);
    expect((await states()).toSorted()).toEqual(["queued", "succeeded", "waits"]);
  });

  it("whom someone else has locked is skipped, and looked at again", async () => {
    await begin("queue");
    const [, second] = await submit("a", "a");
    const [lease] = await claimReady();
    const holder = await scene.db.owner.connect();
    await holder.query("begin");
    await holder.query("select 1 from public.jobs where id = $1 for update", [second]);
    await scene.settle([lease!], worker);
    await holder.query("commit");
    holder.release();
    expect(await states()).toEqual(["succeeded", "waits"]);
    await tendBlocks(scene.on, worker);
    expect(await states()).toEqual(["succeeded", "queued"]);
  });

  it.each(STRATEGIES)(
    "%s: under parallel calls no key exceeds its limit, and every job ends",
    { timeout: 120_000 },
    async (strategy) => {
      await begin(strategy, 2);
      // Nobody beats here.
      await scene.db.query("update public.settings set lease_ms = 600000");
      const on = await Promise.all(Array.from({ length: 4 }, () => scene.connect()));
      const step = fc.oneof(
        fc.record({
          do: fc.constant("submit" as const),
          keys: fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 4 }),
        }),
        fc.record({
          do: fc.constant("run" as const),
          outcome: fc.constantFrom("succeeded", "stopped", "failed", "retry", "parked"),
        }),
        fc.record({ do: fc.constant("lose" as const) }),
        fc.record({ do: fc.constant("tend" as const) }),
        fc.record({ do: fc.constant("cancel" as const), which: fc.nat(50) }),
      );
      const round = fc.array(step, { minLength: 2, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 3, maxLength: 6 }), async (rounds) => {
          for (const steps of rounds) {
            await Promise.all(steps.map((one, i) => act(one, on[i % on.length]!)));
            await expectKeys(2);
          }
          await drain();
          const left = (await jobs()).filter(
            (row) => !["succeeded", "canceled", "dead", "quarantined"].includes(row.state),
          );
          expect(left).toEqual([]);
          await tendBlocks(scene.on, worker);
          expect(await scene.db.query("select job_id from holdpoint.key_jobs")).toEqual([]);
        }),
        { numRuns: 6, seed: SEED, endOnFailure: true },
      );
      // Jobs, then keys in their order, then other jobs without waiting: nothing deadlocks.
      expect(deadlocks).toBe(0);
    },
  );
});

type Act =
  | { do: "submit"; keys: string[] }
  | { do: "run"; outcome: string }
  | { do: "cancel"; which: number }
  | { do: "lose" }
  | { do: "tend" };
const SETTLED: Readonly<Record<string, Partial<Settlement>>> = {
  succeeded: { outcome: "succeeded" },
  stopped: { outcome: "stopped" },
  failed: { outcome: "failed", errorClass: "bad_input" },
  retry: { outcome: "failed", errorClass: "transient", retry: { ms: 1 } },
  parked: { outcome: "parked", retry: { ms: 1 } },
  canceled: { outcome: "canceled" },
};

async function act(step: Act, on: pg.Client): Promise<void> {
  if (step.do === "submit") {
    await again(() => admitKeyed(scene, "keyed", step.keys, { on }));
  } else if (step.do === "cancel") {
    const open = (await jobs()).filter((row) => ["queued", "running"].includes(row.state));
    const one = open[step.which % Math.max(1, open.length)];
    // Someone else may have ended it by now.
    if (one !== undefined) await admin.call("cancel_job", one.id, "a test").catch(onlyConflicts);
  } else if (step.do === "lose") {
    await scene.leasesOver();
    await again(() => reap(on, worker, 2));
  } else if (step.do === "tend") {
    await again(() => tendBlocks(on, worker));
  } else {
    await again(() => claimReady(on));
    const running = (await jobs()).filter((row) => row.state === "running").slice(0, 2);
    const items = running.map((row) =>
      settlement({ jobId: row.id, token: row.token!, ...SETTLED[row.cancel ? "canceled" : step.outcome] }),
    );
    if (items.length > 0) await again(() => settleRuns(on, worker, items));
  }
}

/** As the runtime does: a deadlock or a lock that took too long repeats the call. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await call();
    } catch (error) {
      const code = (error as { code?: string }).code ?? "";
      if (code === "40P01") deadlocks += 1;
      if (tries >= 5 || !["40P01", "55P03"].includes(code)) throw error;
    }
  }
}

function onlyConflicts(error: unknown): void {
  if ((error as { code?: string }).code !== "PT409") throw error;
}

async function drain(): Promise<void> {
  for (let i = 0; i < 200; i++) {
    await tendBlocks(scene.on, worker);
    await claimReady();
    const running = (await jobs()).filter((row) => row.state === "running");
    if (running.length > 0) {
      await scene.settle(
        running.map((row) => ({ jobId: row.id, token: row.token!, outcome: row.cancel ? "canceled" : "succeeded" })),
        worker,
      );
    } else if (!(await jobs()).some((row) => row.state === "queued")) return;
  }
}

/** Slots are never more than the limit, belong to jobs that are ready or run, and are not free while someone waits. */
async function expectKeys(limit: number): Promise<void> {
  const wrong = await scene.db.query(
    `with s as (
       select m.key, count(*) filter (where m.has_slot) as slots, count(*) filter (where not m.has_slot) as waiting,
         count(*) filter (where m.has_slot and not coalesce(j.state in ('queued', 'running') and ('key:' || m.key) = any (j.slots), false)) as lost,
         count(*) filter (where not m.has_slot and j.state = 'queued' and j.waits_for is null) as unmarked
       from holdpoint.key_jobs m left join public.jobs j on j.id = m.job_id group by m.key)
     select s.*, k.look_again from s left join holdpoint.concurrency_keys k on k.key = s.key
     where s.slots > $1 or s.lost > 0 or s.unmarked > 0 or (s.waiting > 0 and s.slots < $1 and not k.look_again)
     union all
     select j.concurrency_key, count(*), 0, 0, 0, null from public.jobs j where j.state = 'running' and j.concurrency_key is not null group by 1 having count(*) > $1
     union all
     select j.concurrency_key, 0, 0, 1, 0, null from public.jobs j where j.waits_for is not null and j.state = 'queued'
       and not exists (select 1 from holdpoint.key_jobs m where m.job_id = j.id and not m.has_slot)`,
    [limit],
  );
  expect(wrong, `seed ${SEED}`).toEqual([]);
}
