import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { World } from "./world.ts";

describe("what people do to a worker process", { timeout: 60_000 }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
  });
  afterEach(() => world.close());

  /** Drains or kills, as the person's functions do it. */
  const act = (name: string, killed: boolean): Promise<unknown> =>
    world.db.query(
      "select holdpoint.set_draining(w, 'a test', 'test', $2) from public.workers w where name = $1 and ended_at is null",
      [name, killed],
    );

  test("drained and undrained, it takes no work meanwhile and goes on after", async () => {
    const worker = await world.worker();
    const long = await world.submitOne("sleeper", { ms: 60_000 });
    await world.reaches(long, ["running"]);
    await act("one", false);
    await world.until(async () => worker.log('"draining: no new work').length > 0);
    const late = await world.submitOne("noop");
    await world.reaches(late, ["queued"]);
    await world.db.query(
      "with u as (update public.workers set draining = false returning 1), d as (delete from public.blocks) select holdpoint.signal_control(), pg_notify('holdpoint_wake', 'ready') from u",
    );
    await world.reaches(late, ["succeeded"]);
    expect(await world.job(long)).toMatchObject({ state: "running", run_no: 1 });
    expect(worker.child.exitCode).toBeNull();
  });

  test("killed, it aborts what it runs, also what ignores its abort, and is gone; another one goes on with it", async () => {
    const one = await world.worker();
    const ids = [
      await world.submitOne("sleeper", { ms: 6_000 }),
      await world.submitOne("catcher"),
      await world.submitOne("deaf"),
    ];
    for (const id of ids) await world.reaches(id, ["running"]);
    const from = performance.now();
    await act("one", true);
    expect(await one.ended).toMatchObject({ code: 0 });
    expect(performance.now() - from).toBeLessThan(10_000);
    const [row] = await world.db.query("select end_reason from public.workers where name = 'one'");
    expect(row).toEqual({ end_reason: "killed" });
    for (const id of ids) expect((await world.runs(id))[0]).toMatchObject({ outcome: "lost", cause: "killed" });
    await world.worker({ name: "two" });
    const again = await world.reaches(ids[0] ?? "", ["succeeded"], 30_000);
    expect(again).toMatchObject({ run_no: 2, retries_used: 0, deaths: 0 });
  });

  test("killed while it is frozen, it holds its leases until they end, and finds itself ended when it wakes", async () => {
    const one = await world.worker();
    const id = await world.submitOne("sleeper", { ms: 5_000 });
    await world.reaches(id, ["running"]);
    one.child.kill("SIGSTOP");
    await world.worker({ name: "two" });
    await act("one", true);
    const job = await world.reaches(id, ["succeeded"], 45_000);
    expect(job).toMatchObject({ run_no: 2, retries_used: 0 });
    const [first, second] = await world.db.query<{ cause: string; until: string; start: string }>(
      "select cause, lease_until as until, started_at as start from public.runs where job_id = $1 order by run_no",
      [id],
    );
    expect(first?.cause).toBe("lease_expired");
    expect(new Date(second?.start ?? 0).getTime()).toBeGreaterThan(new Date(first?.until ?? Infinity).getTime());
    await world.until(async () => {
      const [row] = await world.db.query<{ end_reason: string | null }>(
        "select end_reason from public.workers where name = 'one'",
      );
      return row?.end_reason === "killed";
    }, 30_000);
    one.child.kill("SIGCONT");
    expect(await one.ended).toMatchObject({ code: 75 });
    expect(await world.runs(id)).toHaveLength(2);
  });
});
