/** Limits: one block row and one event however many jobs wait behind it, and one lift for all of them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimJobs, pickReady, tendBlocks } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { insertQueued } from "./support/bulk.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import { setScene } from "./support/scene.ts";
import type { ReadyJob, Scene } from "./support/scene.ts";

const MANY = Number(process.env["HOLDPOINT_LIMIT_ROWS"] ?? 5_000);

let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(() => scene.close());

async function ready(want: number): Promise<ReadyJob[]> {
  const rows = await pickReady(scene.on, scene.worker, { queue: "job", want, cursor: "", out: [], look: true });
  return rows.filter((row) => row.kind === "ready").map((row) => ({ id: row.job_id, dispatchNo: row.dispatch_no }));
}
const blocks = () => scene.db.query("select kind, scope, key from public.blocks order by kind");
const ventureEvents = async (key: string) => {
  const [venture] = await scene.db.query<{ id: string }>("select id from public.ventures where key = $1", [key]);
  return scene.events(venture?.id ?? "");
};

describe("first starts of an hour", () => {
  it(`block ${MANY} jobs by one row and one event, and one lift frees them all`, async () => {
    await scene.addVenture("busy", { firstStarts: 20 });
    await insertQueued(scene.db, MANY, "'busy'", "'plain'");
    const claimed = [];
    for (let i = 0; i < 5; i++) claimed.push(...(await scene.claim(await ready(30))));
    expect(claimed.filter((row) => row.verdict === "claimed")).toHaveLength(20);
    expect(await blocks()).toEqual([{ kind: "first_starts", scope: "venture", key: "busy" }]);
    expect(await ready(30)).toEqual([]);
    // An hour later, with a limit that was raised meanwhile.
    await scene.db.query("update holdpoint.limit_usage set minute = minute - interval '2 hours'");
    await scene.db.query("update public.blocks set wake_at = clock_timestamp()");
    await scene.db.query("update public.limits set max = 1000000 where key = 'busy'");
    expect(await tendBlocks(scene.on, scene.worker)).toBe(1);
    let started = 20;
    for (let hints = await ready(1_000); hints.length > 0; hints = await ready(1_000)) {
      const rows = await scene.claim(hints);
      expect(rows.every((row) => row.verdict === "claimed")).toBe(true);
      started += rows.length;
      await scene.settle(rows.map((row) => ({ jobId: row.job_id, token: row.token })));
    }
    expect(started).toBe(MANY);
    expect((await ventureEvents("busy")).filter((type) => type.startsWith("limit."))).toEqual([
      "limit.reached",
      "limit.lifted",
    ]);
    // None per job: started, and ended unless it still runs.
    const [events] = await scene.db.query<{ n: number }>("select count(*)::int as n from public.job_events");
    expect(events?.n).toBe(2 * MANY - 20);
  });

  it("are not used up by what concurrency refuses, nor by retries, nor for a venture that has no such limit", async () => {
    await scene.db.query("update public.limits set max = 1 where key = 'fleet' and kind = 'concurrency'");
    const fleet = await scene.admitted(3, { venture: "fleet" });
    expect((await scene.claim(fleet)).map((row) => row.verdict).toSorted()).toEqual(["claimed", "limit", "limit"]);
    await scene.addVenture("tight", { concurrency: 2, firstStarts: 4 });
    const old = await scene.running(2, { venture: "tight" });
    await scene.settle(old.map((lease) => ({ ...lease, outcome: "stopped" })));
    // Two retries start, a first start does not: two first starts are left all the same.
    const fresh = await scene.admitted(1, { venture: "tight" });
    const retries = old.map((lease) => ({ id: lease.jobId, dispatchNo: 2 }));
    expect((await scene.claim([...retries, ...fresh])).map((row) => row.verdict).toSorted()).toEqual([
      "claimed",
      "claimed",
      "limit",
    ]);
    expect(await blocks()).toEqual([
      { kind: "concurrency", scope: "venture", key: "fleet" },
      { kind: "concurrency", scope: "venture", key: "tight" },
    ]);
    await expectInvariants(scene.db);
  });
});

describe("first starts that are used up", () => {
  it("do not hold back what has run before, on its way through the pick and the gate", async () => {
    await scene.addVenture("busy", { firstStarts: 2 });
    await scene.admitted(50, { venture: "busy" });
    const leases = (await scene.claim(await ready(10))).filter((row) => row.verdict === "claimed");
    expect(leases).toHaveLength(2);
    await scene.claim(await ready(10));
    expect(await blocks()).toEqual([{ kind: "first_starts", scope: "venture", key: "busy" }]);
    expect(await ready(10)).toEqual([]);
    await scene.settle(leases.map((row) => ({ jobId: row.job_id, token: row.token, outcome: "stopped" as const })));
    const again = await ready(10);
    expect(again.map((job) => job.id).toSorted()).toEqual(leases.map((row) => row.job_id).toSorted());
    // A pause of the venture holds them back as well.
    const person = await scene.signIn("admin");
    await person.call("pause_work", "venture", "busy", "a test");
    expect(await ready(10)).toEqual([]);
    await person.call("resume_work", "venture", "busy", null);
    expect((await scene.claim(again)).map((row) => row.verdict)).toEqual(["claimed", "claimed"]);
    expect(await ready(10)).toEqual([]);
  });
});

describe("concurrency", () => {
  it("full: a row without an event; free again: no row", async () => {
    await scene.addVenture("tight", { concurrency: 3 });
    const events = await ventureEvents("tight");
    const leases = await scene.running(3, { venture: "tight" });
    expect(await blocks()).toEqual([{ kind: "concurrency", scope: "venture", key: "tight" }]);
    await scene.settle([at(leases, 0)]);
    expect(await blocks()).toEqual([]);
    expect(await ventureEvents("tight")).toEqual(events);
    await expectInvariants(scene.db);
  });

  it("is never exceeded by claims at once, nor left blocked by a settle at once", async () => {
    await scene.addVenture("tight", { concurrency: 3 });
    const held = await scene.running(2, { venture: "tight" });
    const [a, b] = await scene.admitted(2, { venture: "tight" });
    const others = await Promise.all([scene.connect(), scene.connect()]);
    const claim = (on: (typeof others)[number], job: ReadyJob) => () =>
      claimJobs(on, scene.worker, crypto.randomUUID(), "build", [job.id], [job.dispatchNo]).then(
        (rows) => at(rows, 0).verdict,
      );
    const settle = () => scene.settle([at(held, 0)]).then((rows) => at(rows, 0).verdict as string);
    const hold = "select from public.limits where key = 'tight' for update";
    expect(await meet(scene.db, hold, [claim(at(others, 0), a!), claim(at(others, 1), b!)])).toEqual([
      "claimed",
      "limit",
    ]);
    // What frees the limit holds the row that refuses on it: no wake-up is lost, whoever comes first.
    const [again] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [
      b!.id,
    ]);
    const answers = await meet<string>(scene.db, hold, [
      settle,
      claim(at(others, 0), { id: b!.id, dispatchNo: again!.no }),
    ]);
    expect(answers).toEqual(["settled", "claimed"]);
    await expectInvariants(scene.db);
  });
});
