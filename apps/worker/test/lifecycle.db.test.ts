import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { World } from "./world.ts";

describe("the life of a worker process", { timeout: 40_000 }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open();
  });
  afterEach(() => world.close());

  test("killed with SIGKILL, its successor frees its leases at once and runs the job again", async () => {
    const first = await world.worker();
    const id = await world.submitOne("sleeper", { ms: 2_000 });
    await world.reaches(id, ["running"]);
    await first.kill("SIGKILL");
    await world.worker();
    const job = await world.reaches(id, ["succeeded"]);
    expect(job).toMatchObject({ run_no: 2, retries_used: 0, losses: 1, deaths: 1 });
    // Not lease_expired: nobody waited for the lease.
    expect((await world.runs(id))[0]).toMatchObject({ outcome: "lost", cause: "process_death" });
  });

  test("a job that kills its process runs next in one of its own, and is quarantined when that dies too", async () => {
    const first = await world.worker();
    const once = await world.submitOne("killer", { kills: 1 });
    await first.ended;
    const second = await world.worker();
    expect((await world.reaches(once, ["succeeded"])).result).toEqual({ alone: true, kept: 2, opened: true });
    const always = await world.submitOne("killer", { kills: 99 });
    await second.ended;
    const third = await world.worker();
    const bystander = await world.submitOne("sleeper", { ms: 3_000 });
    expect(await world.reaches(always, ["quarantined"])).toMatchObject({ deaths: 3, run_no: 3, reason: "poison_job" });
    expect(await world.reaches(bystander, ["succeeded"])).toMatchObject({ run_no: 1 });
    expect(third.child.exitCode).toBeNull();
  });

  test("SIGTERM: short work ends, long work is lost to the deploy without a retry, and the process is gone in time", async () => {
    const worker = await world.worker();
    const short = await world.submitOne("sleeper", { ms: 1_500 });
    const long = await world.submitOne("sleeper", { ms: 60_000 });
    await world.reaches(short, ["running"]);
    await world.reaches(long, ["running"]);
    const end = await worker.kill("SIGTERM");
    expect(end).toMatchObject({ code: 0 });
    expect(end.ms).toBeLessThan(10_000);
    expect(await world.job(short)).toMatchObject({ state: "succeeded" });
    expect(await world.job(long)).toMatchObject({ state: "queued", retries_used: 0 });
    expect((await world.runs(long))[0]).toMatchObject({ outcome: "lost", cause: "deploy" });
    const [row] = await world.db.query("select ended_at is not null as ended, end_reason from public.workers");
    expect(row).toEqual({ ended: true, end_reason: "SIGTERM" });
  });

  test("a second signal ends it at once", async () => {
    const worker = await world.worker();
    await world.reaches(await world.submitOne("sleeper"), ["running"]);
    worker.child.kill("SIGTERM");
    await world.until(async () => worker.log('"leaving"').length > 0);
    const end = await worker.kill("SIGTERM");
    expect(end.ms).toBeLessThan(1_000);
  });

  test("a handler that ignores a stop makes its process leave, so that the run is really over", async () => {
    const worker = await world.worker();
    const id = await world.submitOne("deaf");
    await world.reaches(id, ["running"]);
    await world.stopEverything();
    expect(await worker.ended).toMatchObject({ code: 75 });
    await world.reaches(id, ["queued"]);
    expect((await world.runs(id))[0]).toMatchObject({ outcome: "stopped" });
  });

  test("draining: nothing new is taken, what runs ends, then the process leaves", async () => {
    const worker = await world.worker();
    const id = await world.submitOne("sleeper", { ms: 1_000 });
    await world.reaches(id, ["running"]);
    await world.db.query("with u as (update public.workers set draining = true) select holdpoint.signal_control()");
    const late = await world.submitOne("noop");
    expect(await worker.ended).toMatchObject({ code: 0 });
    expect(await world.job(id)).toMatchObject({ state: "succeeded" });
    expect(await world.job(late)).toMatchObject({ run_no: 0 });
  });

  test("ended by the fleet, it leaves and asks to be started again", async () => {
    const worker = await world.worker();
    await world.db.query("select holdpoint.mark_worker_ended(id, 'test', id) from public.workers");
    expect(await worker.ended).toMatchObject({ code: 75 });
  });

  test("a clock that is wrong by an hour, and jumps by another, changes nothing", async () => {
    const worker = await world.worker({
      nodeOptions: [`--import=${new URL("./wrong-clock.js", import.meta.url).pathname}`],
    });
    const id = await world.submitOne("sleeper", { ms: 6_000 });
    const late = await world.submitOne("flaky", { how: "later" });
    expect(await world.reaches(late, ["succeeded"])).toMatchObject({ run_no: 2 });
    expect(await world.reaches(id, ["succeeded"])).toMatchObject({ run_no: 1, losses: 0 });
    expect(worker.log('"level":50')).toEqual([]);
  });

  test("the same name twice on one data folder: the second says so and leaves; another name works", async () => {
    await world.worker();
    await expect(world.worker()).rejects.toThrow(/ended with 3[\s\S]*Another worker named one runs on/);
    await world.worker({ name: "two" });
    const ids = await world.submit("noop", {}, { count: 100 });
    for (const id of ids) await world.reaches(id, ["succeeded"]);
  });

  test("everything that is wrong with the environment is said at once", async () => {
    const env = {
      DATABASE_URL: "mysql://x",
      REDIS_URL: "http://y",
      HOLDPOINT_LANES: "biuld",
      SUPABASE_URL: "http://z",
    };
    const worker = world.worker({ lanes: "biuld", env });
    await expect(worker).rejects.toThrow(
      /ended with 3[\s\S]*DATABASE_URL is not[\s\S]*REDIS_URL is not[\s\S]*did you mean build[\s\S]*/,
    );
    await expect(worker).rejects.toThrow(/NEXT_PUBLIC_SUPABASE_URL is set without/);
  });

  test("handlers that cannot be used are named, each with its reason", async () => {
    const folder = mkdtempSync(join(tmpdir(), "holdpoint-handlers-"));
    writeFileSync(join(folder, "empty.ts"), "export const x = 1;\n");
    writeFileSync(join(folder, "broken.ts"), "throw new Error('cannot load this');\n");
    writeFileSync(join(folder, "copy-me.example.ts"), "throw new Error('an example is not loaded');\n");
    const worker = world.worker({ env: { HOLDPOINT_HANDLERS: folder } });
    await expect(worker).rejects.toThrow(
      /ended with 3[\s\S]*broken\.ts: cannot load this[\s\S]*empty\.ts: its default export/,
    );
    await expect(worker).rejects.not.toThrow(/example/);
    rmSync(folder, { recursive: true });
  });

  test("progress is honest: slots, age of the last hint, and how late the event loop was", async () => {
    await world.worker({ slots: "build=3,eval=2" });
    await world.reaches(await world.submitOne("sleeper", { ms: 60_000 }), ["running"]);
    await world.until(async () => {
      const [row] = await world.db.query<{ progress: { lanes: { build: { busy: number } } } }>(
        "select progress from public.workers",
      );
      return row?.progress.lanes.build.busy === 1;
    });
    const [row] = await world.db.query("select progress, slots, lanes from public.workers");
    expect(row).toMatchObject({
      slots: 9,
      progress: {
        event_loop_delay_ms: expect.any(Number),
        lanes: {
          build: { slots: 3, busy: 1, hint_ago_ms: expect.any(Number) },
          eval: { slots: 2, busy: 0, hint_ago_ms: null },
          recovery: { slots: 4 },
        },
      },
    });
  });
});
