/** Drain, undrain and kill of a worker process: what the database lets it do from then on, and who takes its place. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { claimJobs, endWorker, heartbeat, readControl, reap, saveSteps } from "@holdpoint/db/runtime";
import { expectInvariants } from "./support/invariants.ts";
import { waiting } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Lease, Scene } from "./support/scene.ts";
import { startWorker } from "./support/worker.ts";
import type { TestWorker } from "./support/worker.ts";

let scene: Scene;
let person: Person;
let one: TestWorker;
beforeEach(async () => {
  scene = await setScene();
  person = await scene.signIn("admin");
  one = await startWorker(scene.on, { name: "one" });
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const reasonOf = (call: Promise<unknown>) =>
  call.then(
    () => "none",
    (error: unknown) => toHoldpointError(error).reason,
  );
const drain = () => person.call<Record<string, unknown>>("drain_worker", "one", "new machine");
const kill = (word = "KILL") => person.call<Record<string, unknown>>("kill_worker", "one", "it hangs", word);
const step = ({ jobId, token }: Lease) =>
  saveSteps(scene.on, one, jobId, token, [{ name: "one", result: 1, startedAt: new Date() }]);
const fleetEvents = async () => {
  const [fleet] = await scene.db.query<{ id: string }>("select id from public.ventures where key = 'fleet'");
  return (await scene.events(fleet!.id)).filter((type) => type.startsWith("worker."));
};

describe("a drained worker", () => {
  it("takes nothing new, finishes what it runs, and gives its place to a standby worker at once", async () => {
    await scene.db.query("update public.settings set max_workers = 2");
    const two = await startWorker(scene.on, { name: "two" });
    expect(await readControl(scene.on, two)).toMatchObject({ standby: true });
    const [lease] = await scene.running(1, {}, one);
    const [job] = await scene.admitted(1);
    expect(await drain()).toMatchObject({ name: "one", draining: true, open_count: 1 });
    expect(await readControl(scene.on, one)).toMatchObject({ draining: true, killed: false, stopped_runs: [] });
    expect(await scene.claim([job!], one)).toMatchObject([{ verdict: "blocked" }]);
    expect(await heartbeat(scene.on, one, [{ ...lease!, progress: null }], {})).toMatchObject([{ verdict: "renewed" }]);
    await step(lease!);
    expect(await readControl(scene.on, two)).toMatchObject({ standby: false });
    expect(await scene.claim([{ id: job!.id, dispatchNo: 2 }], two)).toMatchObject([{ verdict: "claimed" }]);
    expect(await person.call("worker_detail", "one")).toMatchObject({
      worker: { draining: true },
      blocks: [{ kind: "drain", reason: "new machine", by_id: person.email }],
      runs: [{ job_id: lease!.jobId }],
    });
    expect(await reasonOf(drain())).toBe("already_draining");
    await scene.settle([lease!], one);
    await endWorker(scene.on, one, "drained");
    expect(await scene.db.query("select 1 from public.blocks")).toEqual([]);
    expect(await reasonOf(person.call("undrain_worker", "one"))).toBe("worker_ended");
    expect(await fleetEvents()).toEqual(expect.arrayContaining(["worker.draining", "worker.promoted", "worker.ended"]));
  });

  it("takes work again when it is undrained, or stands by when its place was given away", async () => {
    await drain();
    expect(await person.call("undrain_worker", "one")).toMatchObject({ draining: false, standby: false });
    expect(await reasonOf(person.call("undrain_worker", "one"))).toBe("not_draining");
    expect(await scene.claim(await scene.admitted(1), one)).toMatchObject([{ verdict: "claimed" }]);
    await scene.db.query("update public.settings set max_workers = 2");
    const two = await startWorker(scene.on, { name: "two" });
    await drain();
    expect(await readControl(scene.on, two)).toMatchObject({ standby: false });
    expect(await person.call("undrain_worker", "one")).toMatchObject({ draining: false, standby: true });
  });

  it("is drained only when its claims in flight have ended", async () => {
    const second = await scene.connect();
    const [job] = await scene.admitted(1);
    await second.query("begin");
    await claimJobs(second, one, crypto.randomUUID(), "build", [job!.id], [job!.dispatchNo]);
    const drained = drain();
    await expect.poll(() => waiting(scene.db)).toBe(1);
    await second.query("commit");
    expect(await drained).toMatchObject({ open_count: 1 });
  });

  it("does not slow the others: their claims need no verdict per hint", async () => {
    await drain();
    expect(await scene.claim(await scene.admitted(1), scene.worker)).toMatchObject([{ verdict: "claimed" }]);
  });
});

describe("a killed worker", () => {
  it("renews and records nothing; when it answers, its jobs are free at once and go to recovery", async () => {
    const [lease] = await scene.running(1, {}, one);
    const [job] = await scene.admitted(1);
    const before = await scene.db.query("select lease_until from public.runs");
    expect(await kill()).toMatchObject({ draining: true, open_count: 1, leases_end: expect.any(String) as string });
    expect(await readControl(scene.on, one)).toMatchObject({ killed: true });
    expect(await scene.claim([job!], one)).toMatchObject([{ verdict: "blocked" }]);
    expect(await reasonOf(step(lease!))).toBe("worker_killed");
    expect(await reasonOf(heartbeat(scene.on, one, [{ ...lease!, progress: null }], {}))).toBe("worker_killed");
    expect(await scene.db.query("select lease_until from public.runs")).toEqual(before);
    expect(await endWorker(scene.on, one, "killed")).toBe(1);
    expect(await scene.db.query("select cause, outcome from public.runs")).toEqual([
      { cause: "killed", outcome: "lost" },
    ]);
    const [state] = await scene.db.query("select state, retries_used, deaths from public.jobs where id = $1", [
      lease!.jobId,
    ]);
    expect(state).toEqual({ state: "queued", retries_used: 0, deaths: 0 });
    expect(
      await scene.db.query("select subject ->> 'cause' as cause from public.tasks where queue = 'recovery'"),
    ).toEqual([{ cause: "killed" }]);
    expect(await scene.settle([lease!], scene.worker)).toMatchObject([{ verdict: "late" }]);
  });

  it("that does not answer keeps its leases until they have run out, and is then ended by the janitor", async () => {
    const [lease] = await scene.running(1, {}, one);
    await kill();
    await scene.db.query("update public.workers set killed_at = killed_at - interval '1 minute' where name = 'one'");
    await scene.db.query("update holdpoint.janitor set database_up_since = clock_timestamp() - interval '1 hour'");
    // A handler may still act under the lease: nobody else may start the job yet.
    expect(await reap(scene.on, scene.worker, 100)).toBe(0);
    expect(await scene.state(lease!.jobId)).toBe("running");
    await scene.leasesOver();
    expect(await reap(scene.on, scene.worker, 100)).toBe(1);
    expect(await scene.state(lease!.jobId)).toBe("queued");
    const [row] = await scene.db.query("select end_reason from public.workers where name = 'one'");
    expect(row).toEqual({ end_reason: "killed" });
    // What it writes late is void.
    expect(await reasonOf(step(lease!))).toBe("worker_ended");
    expect(await reasonOf(scene.settle([lease!], one))).toBe("worker_ended");
    expect(await scene.db.query("select 1 from public.blocks")).toEqual([]);
  });

  it("is an admin's act with the word typed, and final", async () => {
    const approver = await scene.signIn("approver");
    expect(await reasonOf(approver.call("kill_worker", "one", "it hangs", "KILL"))).toBe("role_too_low");
    expect(await reasonOf(kill("kill"))).toBe("confirmation_missing");
    expect(await reasonOf(person.call("kill_worker", "one", " ", "KILL"))).toBe("missing_field");
    expect(await reasonOf(person.call("kill_worker", "nobody", "it hangs", "KILL"))).toBe("unknown_worker");
    await drain();
    await kill();
    expect(await reasonOf(kill())).toBe("already_killed");
    expect(await reasonOf(person.call("undrain_worker", "one"))).toBe("worker_killed");
  });

  it("of a name that several have is named by its id", async () => {
    const again = await startWorker(scene.on, { name: "one", instance: "elsewhere" });
    expect(await reasonOf(drain())).toBe("several_workers");
    expect(await person.call("drain_worker", again.id, "new machine")).toMatchObject({ id: again.id });
  });
});
