/** Calls that touch the same rows from different ends: one lock order, so that they never deadlock. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimJobs, expireJobs, freeDeadWorkers, heartbeat, reap, settleRuns } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import { setScene, settlement } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { startWorker } from "./support/worker.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const byId = (a: { jobId: string }, b: { jobId: string }) => a.jobId.localeCompare(b.jobId);

describe("no deadlock between", () => {
  it("a settle of many outcomes and a heartbeat", async () => {
    const second = await scene.connect();
    const leases = (await scene.running(6)).toSorted(byId);
    // The earlier ids fail and the last succeeds: the two are updated by different statements.
    const failed = { outcome: "failed", errorClass: "bug", errorMessage: "a bug" } as const;
    const items = leases.map((lease, n) => settlement(n === 5 ? lease : { ...lease, ...failed }));
    const listed = leases.map((lease) => ({ ...lease, progress: null }));
    const [settled, renewed] = await meet<unknown[]>(
      scene.db,
      `select from public.runs where job_id = '${at(leases, 5).jobId}' for update`,
      [() => settleRuns(scene.on, scene.worker, items), () => heartbeat(second, scene.worker, listed, {})],
    );
    expect(settled).toHaveLength(6);
    expect(renewed).toHaveLength(6);
  });

  it("a heartbeat that frees an unlisted lease and a settle", async () => {
    const second = await scene.connect();
    const leases = (await scene.running(2)).toSorted(byId);
    await scene.db.query("update public.runs set listed_at = listed_at - interval '1 hour' where job_id = $1", [
      at(leases, 0).jobId,
    ]);
    const hold = "select from public.limits where key = 'acme' and kind = 'concurrency' for update";
    const [renewed] = await meet<unknown[]>(scene.db, hold, [
      () => heartbeat(scene.on, scene.worker, [{ ...at(leases, 1), progress: null }], {}),
      () => settleRuns(second, scene.worker, [settlement(at(leases, 1))]),
    ]);
    expect(renewed).toMatchObject([{ verdict: "renewed" }]);
  });

  it("a cancel and the janitor that reaps the same run", async () => {
    const person = await scene.signIn("approver");
    const [lease] = await scene.running(1);
    await scene.leasesOver();
    await meet<unknown>(scene.db, `select from public.jobs where id = '${lease!.jobId}' for update`, [
      () => person.call("cancel_job", lease!.jobId, "a test"),
      () => reap(scene.on, scene.worker, 100),
    ]);
    expect(await scene.state(lease!.jobId)).toBe("canceled");
  });

  it("a stop and the janitor that ends silent workers", async () => {
    const person = await scene.signIn("admin");
    const silent = await startWorker(scene.on);
    await scene.db.query("update public.workers set heartbeat_at = heartbeat_at - interval '1 hour' where id = $1", [
      silent.id,
    ]);
    await scene.leasesOver();
    await meet<unknown>(scene.db, "select from public.ventures where key = 'fleet' for no key update", [
      () => person.call("engage_stop", "everything", "", "a test"),
      () => reap(scene.on, scene.worker, 100),
    ]);
    const [worker] = await scene.db.query("select end_reason from public.workers where id = $1", [silent.id]);
    expect(worker).toEqual({ end_reason: "silent" });
  });

  it("the janitor and the next incarnation of dead workers", async () => {
    const second = await scene.connect();
    const dead = [await startWorker(scene.on, { instance: "box" }), await startWorker(scene.on, { instance: "box" })];
    const jobs = (await scene.admitted(2)).toSorted((a, b) => a.id.localeCompare(b.id));
    await scene.claim([at(jobs, 0)], at(dead, 1));
    await scene.claim([at(jobs, 1)], at(dead, 0));
    const next = await startWorker(scene.on, { instance: "box" });
    await scene.leasesOver();
    const freed = await meet(scene.db, `select from public.jobs where id = '${at(jobs, 0).id}' for update`, [
      () => reap(scene.on, scene.worker, 100),
      () => freeDeadWorkers(second, next),
    ]);
    expect(freed).toEqual([2, 0]);
  });
});

describe("a heartbeat", () => {
  it("does not free a lease that a repeated claim has just answered with", async () => {
    const second = await scene.connect();
    const [job] = await scene.admitted(1);
    const request = "01a00000-0000-7000-8000-000000000001";
    await scene.claim([job!], scene.worker, request);
    await scene.db.query("update public.runs set listed_at = listed_at - interval '1 hour' where job_id = $1", [
      job!.id,
    ]);
    const [rows] = await meet<unknown[]>(scene.db, `select from public.jobs where id = '${job!.id}' for update`, [
      () => claimJobs(scene.on, scene.worker, request, "build", [job!.id], [job!.dispatchNo]),
      () => heartbeat(second, scene.worker, [], {}),
    ]);
    expect(rows).toMatchObject([{ verdict: "repeat" }]);
    expect(await scene.state(job!.id)).toBe("running");
  });
});

describe("expiry", () => {
  it("reads the clock when it has the job, so that no event is older than the one before it", async () => {
    const second = await scene.connect();
    const [lease] = await scene.running(1);
    await scene.db.query("update public.runs set listed_at = listed_at - interval '1 hour'");
    await heartbeat(scene.on, scene.worker, [], {});
    await scene.db.query(
      "with j as (update public.jobs set end_by = clock_timestamp() returning id, end_by) insert into holdpoint.deadlines (job_id, at) select id, end_by from j",
    );
    await meet<unknown>(scene.db, `select from public.jobs where id = '${lease!.jobId}' for update`, [
      () => settleRuns(scene.on, scene.worker, [settlement(lease!)]),
      () => expireJobs(second, scene.worker, 10),
    ]);
    expect((await scene.events(lease!.jobId)).slice(-2)).toEqual(["late_result", "expired"]);
  });
});
