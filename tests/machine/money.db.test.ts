/** What the gate sets aside for paid work, what the end of a run books, and the blocks of full caps. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tendBlocks } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { setCap, usageOf } from "./support/money.ts";
import { setScene } from "./support/scene.ts";
import type { ReadyJob, Scene } from "./support/scene.ts";

const DOLLAR = 1_000_000;
let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const paid = (n: number, ceiling = 5 * DOLLAR, venture = "acme") =>
  scene.admitted(n, { type: "paid", ceiling, venture });
const verdicts = async (jobs: readonly ReadyJob[]) =>
  (await scene.claim(jobs)).toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict);
const leases = async (jobs: readonly ReadyJob[]) =>
  (await scene.claim(jobs)).map((row) => ({ jobId: row.job_id, token: row.token }));
const reasonOf = async (job: ReadyJob) =>
  at(await scene.db.query<{ reason: string }>("select reason from public.jobs where id = $1", [job.id]), 0).reason;
const blocks = () =>
  scene.db.query("select scope, key, kind, told_at is not null as told from public.blocks order by kind, key");
const count = async (sql: string) => Number(at(await scene.db.query<{ n: string }>(sql), 0).n);
const venturesEvents = (type: string) =>
  count(`select count(*) as n from public.venture_events where type = '${type}'`);
const alerts = (kind: string) =>
  count(`select count(*) as n from public.tasks where queue = 'alert' and subject ->> 'kind' = '${kind}'`);

describe("the gate and caps", () => {
  it("holds paid work until a cap covers it, and never asks a cap about free work", async () => {
    const [job] = await paid(1);
    expect(await verdicts([job!])).toEqual(["held"]);
    expect(await reasonOf(job!)).toBe("no_cap_set");
    await scene.addVenture("beta");
    await setCap(scene.db, { venture: "beta", day: 10 * DOLLAR });
    // A cap of another venture is none of its own.
    const [again] = await paid(1);
    expect(await verdicts([again!])).toEqual(["held"]);
    expect(await verdicts(await scene.admitted(2))).toEqual(["claimed", "claimed"]);
    expect(await count("select count(*) as n from public.ledger")).toBe(0);
  });

  it("reserves the ceiling of each in a batch, and refuses what no longer fits: one block, one event at most", async () => {
    await scene.addVenture("beta");
    await setCap(scene.db, { venture: "acme", day: 12 * DOLLAR });
    await setCap(scene.db, { venture: "beta", day: 50 * DOLLAR });
    const jobs = await paid(6);
    expect(await verdicts(jobs)).toEqual(["claimed", "claimed", "cap", "cap", "cap", "cap"]);
    expect(await usageOf(scene.db, "acme")).toMatchObject({ reserved: 10 * DOLLAR, captured: 0 });
    // It waits for running work to end: a block without an event, like a full concurrency.
    expect(await blocks()).toEqual([{ scope: "paid", key: "acme", kind: "cap", told: false }]);
    expect(await venturesEvents("cap.reached")).toBe(0);
    // Others' paid work, and this venture's free work, go on.
    expect(await verdicts(await paid(1, 5 * DOLLAR, "beta"))).toEqual(["claimed"]);
    expect(await verdicts(await scene.admitted(1))).toEqual(["claimed"]);
  });

  it("returns what was not spent, and lifts the block with it", async () => {
    await setCap(scene.db, { venture: "acme", day: 12 * DOLLAR });
    const jobs = await paid(3);
    const [first, second] = await leases(jobs);
    await scene.settle([{ ...first!, costMicrousd: 1 * DOLLAR }]);
    expect(await usageOf(scene.db, "acme")).toMatchObject({ reserved: 5 * DOLLAR, captured: 1 * DOLLAR });
    expect(await blocks()).toEqual([]);
    expect(await verdicts([{ ...at(jobs, 2), dispatchNo: 2 }])).toEqual(["claimed"]);
    expect(second!.token).not.toBeNull();
  });

  it("is not kept up by a job that no longer waits", async () => {
    await setCap(scene.db, { venture: "acme", day: 12 * DOLLAR });
    const [first, big, small] = [...(await paid(1)), ...(await paid(1, 9 * DOLLAR)), ...(await paid(1, 2 * DOLLAR))];
    expect(await verdicts([first!, big!])).toEqual(["claimed", "cap"]);
    await tendBlocks(scene.on, scene.worker);
    expect(await verdicts([small!])).toEqual(["blocked"]);
    await (await scene.signIn("admin")).call("cancel_job", big!.id, "not needed");
    await tendBlocks(scene.on, scene.worker);
    expect(await verdicts([{ ...small!, dispatchNo: 2 }])).toEqual(["claimed"]);
  });

  it("tells of a spent cap once, and wakes at the end of the day", async () => {
    await setCap(scene.db, { venture: "acme", day: 12 * DOLLAR });
    const jobs = await paid(4);
    const two = (await leases(jobs)).filter((lease) => lease.token !== null);
    await scene.settle(two.map((lease) => ({ ...lease, costMicrousd: 5 * DOLLAR })));
    expect(await blocks()).toEqual([{ scope: "paid", key: "acme", kind: "cap", told: true }]);
    expect(await verdicts(await paid(3))).toEqual(["blocked", "blocked", "blocked"]);
    expect([await venturesEvents("cap.reached"), await alerts("cap.reached")]).toEqual([1, 1]);
    // The next day, in another zone: nothing of it is spent.
    await scene.db.query("update public.settings set time_zone = 'Pacific/Kiritimati'");
    await scene.db.query(
      "update public.cap_usage set starts = starts - 2; update public.reservations set day = day - 2",
    );
    await scene.db.query(
      "alter table public.ledger_entries disable trigger append_only; update public.ledger_entries set day = day - 2",
    );
    await scene.db.query("update public.blocks set wake_at = clock_timestamp() where kind = 'cap'");
    await tendBlocks(scene.on, scene.worker);
    expect(await blocks()).toEqual([]);
    expect(await venturesEvents("cap.lifted")).toBe(1);
  });

  it("holds what could never fit, and what is past the day's threshold until a person says yes", async () => {
    await setCap(scene.db, { venture: "acme", day: 20 * DOLLAR, threshold: 6 * DOLLAR });
    const [big, first, second] = [...(await paid(1, 21 * DOLLAR)), ...(await paid(2))];
    expect(await verdicts([big!, first!, second!])).toEqual(["held", "claimed", "held"]);
    expect([await reasonOf(big!), await reasonOf(second!)]).toEqual(["over_cap", "over_threshold"]);
    const admin = await scene.signIn("admin");
    const hash = at(
      await scene.db.query<{ h: string }>("select encode(plan_hash, 'hex') as h from public.jobs where id = $1", [
        second!.id,
      ]),
      0,
    ).h;
    await admin.call("decide", second!.id, "approve", hash, "it is worth it");
    await scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1", [second!.id]);
    expect(await verdicts([{ ...second!, dispatchNo: 2 }])).toEqual(["claimed"]);
  });

  it("holds a batch of which each alone passes every other rule, once it is past the threshold", async () => {
    await setCap(scene.db, { venture: "acme", day: 20 * DOLLAR, threshold: 6 * DOLLAR });
    const [first, second] = await paid(2);
    expect(await verdicts([first!])).toEqual(["claimed"]);
    expect(await verdicts([second!])).toEqual(["held"]);
    expect(await reasonOf(second!)).toBe("over_threshold");
    expect(await usageOf(scene.db, "acme")).toMatchObject({ reserved: 5 * DOLLAR });
  });

  it("lets the fleet's caps of day and week cover every venture, under one block", async () => {
    await scene.addVenture("beta");
    await setCap(scene.db, { day: 100 * DOLLAR });
    await setCap(scene.db, { week: 12 * DOLLAR });
    expect(await verdicts(await paid(2, 5 * DOLLAR, "beta"))).toEqual(["claimed", "claimed"]);
    expect(await verdicts(await paid(2))).toEqual(["cap", "cap"]);
    expect(await blocks()).toEqual([{ scope: "paid", key: "", kind: "cap", told: false }]);
  });
});

describe("the end of a paid run", () => {
  it("books a cost above the ceiling apart, blocks the venture's paid work and raises one alert", async () => {
    await scene.addVenture("beta");
    await setCap(scene.db, { day: 100 * DOLLAR });
    const two = await leases(await paid(2));
    await scene.settle(two.map((lease) => ({ ...lease, costMicrousd: 8 * DOLLAR })));
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 0, captured: 10 * DOLLAR, overrun: 6 * DOLLAR });
    expect(await blocks()).toEqual([{ scope: "paid", key: "acme", kind: "overrun", told: false }]);
    expect([await venturesEvents("spend.overrun"), await alerts("spend.overrun")]).toEqual([1, 1]);
    expect(await verdicts(await paid(1))).toEqual(["blocked"]);
    expect(await verdicts(await paid(1, 5 * DOLLAR, "beta"))).toEqual(["claimed"]);
  });

  it("returns everything of a lost run, of a parked one and of one that is tried again", async () => {
    await setCap(scene.db, { day: 100 * DOLLAR });
    const [lost, parked, failed] = await leases(await paid(3));
    await scene.settle([
      { ...parked!, outcome: "parked", costMicrousd: 1 * DOLLAR, retry: { ms: 5 } },
      { ...failed!, outcome: "failed", errorClass: "transient", costMicrousd: 2 * DOLLAR, retry: { ms: 5 } },
    ]);
    await scene.leasesOver();
    await scene.db.query("select holdpoint.reap($1, $2, 10)", [scene.worker.id, scene.worker.key]);
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 0, captured: 3 * DOLLAR });
    // The ceiling is the job's: the next run gets what is left of it.
    await scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1", [failed!.jobId]);
    expect(await verdicts([{ id: failed!.jobId, dispatchNo: 2 }])).toEqual(["claimed"]);
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 3 * DOLLAR });
    expect(await scene.settle([{ ...lost!, costMicrousd: 1 * DOLLAR }])).toMatchObject([{ verdict: "late" }]);
    // A late bill is booked, once.
    await scene.settle([{ ...lost!, costMicrousd: 1 * DOLLAR }]);
    expect(await usageOf(scene.db, "")).toMatchObject({ captured: 3 * DOLLAR, overrun: 1 * DOLLAR });
  });

  it("keeps a job that has used up its ceiling from running again", async () => {
    await setCap(scene.db, { day: 100 * DOLLAR });
    const [job] = await paid(1);
    const [run] = await leases([job!]);
    await scene.settle([
      { ...run!, outcome: "failed", errorClass: "transient", costMicrousd: 5 * DOLLAR, retry: { ms: 0 } },
    ]);
    expect(await verdicts([{ ...job!, dispatchNo: 2 }])).toEqual(["held"]);
    expect(await reasonOf(job!)).toBe("ceiling_used_up");
  });

  it("books what free work cost as an overrun: nothing was set aside for it", async () => {
    await setCap(scene.db, { day: 100 * DOLLAR });
    const [run] = await scene.running(1);
    await scene.settle([{ ...run!, costMicrousd: 7 }]);
    expect(
      await scene.db.query("select account, amount_microusd::int as amount from public.ledger order by account"),
    ).toEqual([
      { account: "budget", amount: -7 },
      { account: "overrun", amount: 7 },
    ]);
  });

  it("books paid and free work of one batch, each as what it is", async () => {
    await scene.addVenture("beta");
    await setCap(scene.db, { day: 100 * DOLLAR });
    const [within] = await leases(await paid(1, 5 * DOLLAR, "beta"));
    const [above] = await leases(await paid(1));
    const [free] = await scene.running(1);
    await scene.settle([
      { ...free!, costMicrousd: 7 },
      { ...above!, costMicrousd: 8 * DOLLAR },
      { ...within!, costMicrousd: 2 * DOLLAR },
    ]);
    expect(await usageOf(scene.db, "")).toMatchObject({
      reserved: 0,
      captured: 7 * DOLLAR,
      overrun: 3 * DOLLAR + 7,
    });
    expect(await blocks()).toEqual([{ scope: "paid", key: "acme", kind: "overrun", told: false }]);
    const entries = await scene.db.query(
      `select job_id as job, reason, captured_microusd::int as captured, overrun_microusd::int as overrun
       from public.ledger_entries where reason <> 'reserve'`,
    );
    expect(entries).toHaveLength(3);
    expect(entries).toEqual(
      expect.arrayContaining([
        { job: within!.jobId, reason: "settle", captured: 2 * DOLLAR, overrun: 0 },
        { job: above!.jobId, reason: "settle", captured: 5 * DOLLAR, overrun: 3 * DOLLAR },
        { job: free!.jobId, reason: "settle", captured: 0, overrun: 7 },
      ]),
    );
  });
});

describe("the ledger", () => {
  it("refuses an entry that does not sum to zero, and any change", async () => {
    const insert = `insert into public.ledger_entries (reason, venture, job_id, run_no, budget_microusd, captured_microusd, day, week)
      values ('settle', 'acme', gen_random_uuid(), 1, -4, 5, current_date, current_date)`;
    await expect(scene.db.query(insert)).rejects.toThrow("ledger_sums_to_zero");
    await expect(scene.db.query("delete from public.ledger_entries")).rejects.toThrow("append only");
    await expect(scene.db.query("update public.ledger_entries set captured_microusd = 1")).rejects.toThrow(
      "append only",
    );
  });
});
