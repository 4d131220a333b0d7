import { createQueues } from "@holdpoint/queues";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { World } from "./world.ts";

describe("two workers", { timeout: 60_000 }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
  });
  afterEach(() => world.close());

  test("given the same messages over and over, each job runs once", async () => {
    await Promise.all([world.worker({ name: "one" }), world.worker({ name: "two" })]);
    const ids = await world.submit("sleeper", { ms: 300 }, { count: 20 });
    const queues = createQueues({ postgresUrl: world.db.workerUrl, schema: "bullmq" }, { prefix: "holdpoint" });
    const same = ids.map((jobId) => ({ jobId, dispatchNo: 1 }));
    for (let i = 0; i < 5; i++) await queues.addHints("job", [same, ...same.map((hint) => [hint])]);
    await queues.close({ force: true });
    for (const id of ids) await world.reaches(id, ["succeeded"], 30_000);
    const [runs] = await world.db.query(
      "select count(*)::int as n, count(distinct worker_id)::int as workers from public.runs where job_id = any($1)",
      [ids],
    );
    expect(runs).toEqual({ n: 20, workers: 2 });
  });

  test("when the one that leads is killed the other goes on, and its runs are lost and done again", async () => {
    const first = await world.worker({ name: "one" });
    await world.worker({ name: "two" });
    const running = await world.submit("sleeper", { ms: 8_000 }, { count: 8 });
    await world.until(async () => {
      const rows = await world.db.query("select 1 from public.runs where job_id = any($1) and ended_at is null", [
        running,
      ]);
      return rows.length === 8;
    });
    await first.kill("SIGKILL");
    const after = await world.submit("noop", {}, { count: 20 });
    // Nobody starts in its place here: its leases (10 s) must run out.
    for (const id of [...after, ...running]) await world.reaches(id, ["succeeded"], 120_000);
    const lost = await world.db.query("select distinct cause::text as cause from public.runs where outcome = 'lost'");
    expect(lost).toEqual([{ cause: "lease_expired" }]);
  });

  test("a type that only one of them knows is admitted and run by that one", { timeout: 150_000 }, async () => {
    await world.worker({ name: "one" });
    const folder = new URL("./more-handlers/", import.meta.url).pathname;
    const two = await world.worker({ name: "two", env: { HOLDPOINT_HANDLERS: folder } });
    const ids = await world.submit("special", {}, { count: 5 });
    for (const id of ids) await world.reaches(id, ["succeeded"], 120_000);
    expect(two.child.exitCode).toBeNull();
  });
});
