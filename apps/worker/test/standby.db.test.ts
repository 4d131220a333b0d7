import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { World } from "./world.ts";
import type { WorkerProcess } from "./world.ts";

describe("a standby worker", { timeout: 90_000 }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
    await world.db.query("update public.settings set max_workers = 1");
  });
  afterEach(() => world.close());

  async function standby(name: string): Promise<WorkerProcess> {
    const worker = world.spawn({ name });
    await world.until(async () => worker.log('"msg":"standing by"').length > 0);
    return worker;
  }

  /** Names of the workers that ran the jobs. */
  async function ranBy(ids: string[]): Promise<unknown[]> {
    const rows = await world.db.query<{ name: string }>(
      "select distinct w.name from public.runs r join public.workers w on w.id = r.worker_id where r.job_id = any($1) and r.outcome = 'succeeded'",
      [ids],
    );
    return rows.map((row) => row.name);
  }

  test("takes no work, is promoted when the working one leaves, and goes on with what that had", async () => {
    const one = await world.worker({ name: "one" });
    const two = await standby("two");
    const early = await world.submit("noop", {}, { count: 20 });
    for (const id of early) await world.reaches(id, ["succeeded"]);
    expect(await ranBy(early)).toEqual(["one"]);
    const long = await world.submitOne("sleeper", { ms: 7_000 });
    await world.reaches(long, ["running"]);
    expect(await one.kill("SIGTERM")).toMatchObject({ code: 0 });
    await world.until(async () => two.log("promoted from standby").length > 0);
    const late = await world.submit("noop", {}, { count: 20 });
    for (const id of [long, ...late]) await world.reaches(id, ["succeeded"], 40_000);
    expect(await ranBy([long, ...late])).toEqual(["two"]);
    expect([two.log('"msg":"standby: ').length, two.log("promoted from standby").length]).toEqual([1, 1]);
    expect(two.child.exitCode).toBeNull();
    // The one that left finds its place taken.
    await standby("one");
  });

  test("leads the duties when the working one is killed, so that it is promoted when that is declared dead", async () => {
    const one = await world.worker({ name: "one" });
    const two = await standby("two");
    await one.kill("SIGKILL");
    const id = await world.submitOne("noop");
    await world.reaches(id, ["succeeded"], 60_000);
    expect(await ranBy([id])).toEqual(["two"]);
    expect(two.log("promoted from standby")).toHaveLength(1);
  });

  test("stays standby when the working one is killed and starts again", async () => {
    const one = await world.worker({ name: "one" });
    const two = await standby("two");
    await one.kill("SIGKILL");
    await world.worker({ name: "one" });
    const ids = await world.submit("noop", {}, { count: 20 });
    for (const id of ids) await world.reaches(id, ["succeeded"]);
    expect(await ranBy(ids)).toEqual(["one"]);
    expect(two.log("promoted from standby")).toEqual([]);
  });

  test("is promoted when the working one drains", async () => {
    const one = await world.worker({ name: "one" });
    const two = await standby("two");
    await world.db.query(
      "with u as (update public.workers set draining = true where name = 'one') select holdpoint.signal_control()",
    );
    expect(await one.ended).toMatchObject({ code: 0 });
    const id = await world.submitOne("noop");
    await world.reaches(id, ["succeeded"]);
    expect(two.log("promoted from standby")).toHaveLength(1);
  });
});
