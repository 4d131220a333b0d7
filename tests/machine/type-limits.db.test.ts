/** Concurrent runs of a job type: set by an admin, whatever runs, refused by the gate and freed by every way a run ends. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimJobs, endWorker, pickReady } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { setCap } from "./support/money.ts";
import { meet } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { ReadyJob, Scene } from "./support/scene.ts";
import { startWorker } from "./support/worker.ts";

let scene: Scene;
let admin: Person;
beforeEach(async () => {
  scene = await setScene();
  admin = await scene.signIn("admin");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const set = (max: number | null, key = "plain") =>
  admin.call<{ was: number | null }>("set_limit", { scope: "type", key, kind: "concurrency", max });
const blocks = () => scene.db.query("select kind, scope, key from public.blocks order by scope, key");
const FULL = { kind: "concurrency", scope: "type", key: "plain" };
const verdicts = async (jobs: readonly ReadyJob[]) => (await scene.claim(jobs)).map((row) => row.verdict).toSorted();
const inUse = async () =>
  (
    await scene.db.query<{ in_use: number }>("select in_use from public.limits where scope = 'type' and key = 'plain'")
  )[0]?.in_use;

describe("concurrent runs of a type", () => {
  it("hold over all ventures; a full limit is one row and no event, and other types go on", async () => {
    await scene.addVenture("beta");
    await set(2);
    expect(await verdicts([...(await scene.admitted(2)), ...(await scene.admitted(1, { venture: "beta" }))])).toEqual([
      "claimed",
      "claimed",
      "limit",
    ]);
    expect(await blocks()).toEqual([FULL]);
    const [other] = await scene.admitted(1, { type: "large" });
    const rows = await pickReady(scene.on, scene.worker, { queue: "job", want: 10, cursor: "", out: [], look: true });
    expect(rows.filter((row) => row.kind === "ready").map((row) => row.job_id)).toEqual([other!.id]);
    expect(await verdicts([other!])).toEqual(["claimed"]);
    const events = await scene.db.query<{ type: string }>(
      "select type from public.venture_events where type like 'limit%'",
    );
    expect(events).toEqual([{ type: "limit.set" }]);
  });

  it.each(["succeeded", "failed", "stopped", "canceled"] as const)("are freed when a run has %s", async (outcome) => {
    await set(1);
    const [lease] = await scene.running(1);
    expect(await inUse()).toBe(1);
    await scene.settle([{ ...lease!, outcome, errorClass: outcome === "failed" ? "transient" : null }]);
    expect(await inUse()).toBe(0);
    expect(await blocks()).toEqual([]);
  });

  it("stay taken when a repeated hint of a job that runs comes beside paid work", async () => {
    await setCap(scene.db, { day: 100_000_000 });
    await set(1);
    const [runs] = await scene.admitted(1);
    expect(await verdicts([runs!])).toEqual(["claimed"]);
    const [paid] = await scene.admitted(1, { type: "paid" });
    expect(await verdicts([runs!, paid!])).toEqual(["claimed", "stale"]);
    expect(await inUse()).toBe(1);
    expect(await verdicts(await scene.admitted(1))).toEqual(["limit"]);
  });

  it("are freed when a lease runs out, and when a worker leaves", async () => {
    await set(2);
    await scene.running(1);
    const leaver = await startWorker(scene.on);
    await scene.running(1, {}, leaver);
    expect(await blocks()).toEqual([FULL]);
    await endWorker(scene.on, leaver, "deploy");
    expect(await inUse()).toBe(1);
    await scene.leasesOver();
    await scene.on.query("select holdpoint.reap($1, $2, 10)", [scene.worker.id, scene.worker.key]);
    expect(await inUse()).toBe(0);
    expect(await blocks()).toEqual([]);
  });

  it("count what runs when the limit is set, and follow each change", async () => {
    const leases = await scene.running(3);
    expect(await set(5)).toMatchObject({ was: null });
    expect(await inUse()).toBe(3);
    expect(await verdicts(await scene.admitted(3))).toEqual(["claimed", "claimed", "limit"]);
    expect(await set(6)).toMatchObject({ was: 5 });
    expect(await blocks()).toEqual([]);
    expect(await set(5)).toMatchObject({ was: 6 });
    expect(await blocks()).toEqual([FULL]);
    await scene.settle(leases);
    expect(await blocks()).toEqual([]);
    await set(null);
    expect(await verdicts(await scene.admitted(10))).toEqual(Array.from({ length: 10 }, () => "claimed"));
    await expect(set(null)).rejects.toMatchObject({ detail: expect.stringContaining("no_such_limit") });
  });

  it("are given back when a cap refuses the run after all", async () => {
    await set(5, "paid");
    await admin.call("set_cap", { period: "day", cap_microusd: 6_000_000 });
    const jobs = await scene.admitted(2, { type: "paid", ceiling: 5_000_000 });
    expect(await verdicts(jobs)).toEqual(["cap", "claimed"]);
    const [limit] = await scene.db.query<{ in_use: number }>("select in_use from public.limits where key = 'paid'");
    expect(limit?.in_use).toBe(1);
  });

  it("are never exceeded by claims at once, nor left blocked by a settle at once", async () => {
    await set(2);
    const held = await scene.running(1);
    const [a, b] = await scene.admitted(2);
    const others = await Promise.all([scene.connect(), scene.connect()]);
    const claim = (on: (typeof others)[number], job: ReadyJob) => () =>
      claimJobs(on, scene.worker, crypto.randomUUID(), "build", [job.id], [job.dispatchNo]).then(
        (rows) => at(rows, 0).verdict,
      );
    const hold = "select from public.limits where key = 'plain' for update";
    expect(await meet(scene.db, hold, [claim(at(others, 0), a!), claim(at(others, 1), b!)])).toEqual([
      "claimed",
      "limit",
    ]);
    const [again] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [
      b!.id,
    ]);
    const settle = () => scene.settle([at(held, 0)]).then((rows) => at(rows, 0).verdict as string);
    expect(
      await meet<string>(scene.db, hold, [settle, claim(at(others, 0), { id: b!.id, dispatchNo: again!.no })]),
    ).toEqual(["settled", "claimed"]);
  });
});

describe("limits of a venture", () => {
  it("are set by its admin, with an event, and lift or set the block at once", async () => {
    await scene.addVenture("tight", { concurrency: 3, firstStarts: 3 });
    const own = await scene.signIn("admin", "tight");
    await scene.running(3, { venture: "tight" });
    const [more] = await scene.admitted(1, { venture: "tight" });
    await own.call("set_limit", { scope: "venture", key: "tight", kind: "concurrency", max: 4 });
    expect(await verdicts([more!])).toEqual(["limit"]);
    expect(await blocks()).toEqual([{ kind: "first_starts", scope: "venture", key: "tight" }]);
    await own.call("set_limit", { scope: "venture", key: "tight", kind: "first_starts", max: 10 });
    expect(await blocks()).toEqual([]);
    expect(await verdicts([{ id: more!.id, dispatchNo: 2 }])).toEqual(["claimed"]);
    expect(await blocks()).toEqual([{ kind: "concurrency", scope: "venture", key: "tight" }]);
    const items = (await own.call<{ items: object[] }>("list_limits")).items;
    expect(items).toContainEqual(
      expect.objectContaining({
        scope: "venture",
        key: "tight",
        kind: "first_starts",
        max: 10,
        in_use: 4,
        blocked: false,
      }),
    );
    await expect(
      own.call("set_limit", { scope: "type", key: "plain", kind: "concurrency", max: 1 }),
    ).rejects.toMatchObject({ detail: expect.stringContaining("role_too_low") });
  });
});
