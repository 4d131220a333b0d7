/** The promise of a stop: after its effective_at nothing in its scope starts or records, whatever was in flight. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import {
  claimJobs,
  heartbeat,
  pickReady,
  readControl,
  saveArtifact,
  saveEvidence,
  saveSteps,
  tendBlocks,
} from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet, waiting } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Lease, Scene } from "./support/scene.ts";
import type { TypeName } from "./support/types.ts";
import { startWorker } from "./support/worker.ts";
import type { TestWorker } from "./support/worker.ts";

let scene: Scene;
let person: Person;
beforeEach(async () => {
  scene = await setScene();
  person = await scene.signIn("admin");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const engage = (scope = "everything", key = "") => person.call<{ id: string }>("engage_stop", scope, key, "a test");
const confirm = (id: string) => person.call<{ effective_at: string | null }>("confirm_stop", id);

/** Everything that a run records under its lease. */
const RECORDS: Record<string, (lease: Lease, by?: TestWorker) => Promise<unknown>> = {
  "a step": ({ jobId, token }, by = scene.worker) =>
    saveSteps(scene.on, by, jobId, token, [{ name: "one", result: 1, startedAt: new Date() }]),
  "an artifact": (lease) =>
    saveArtifact(scene.on, scene.worker, {
      ...lease,
      name: "a",
      mediaType: "text/plain",
      bytes: 1,
      sha256: "0".repeat(64),
      path: "a",
      facts: {},
    }),
  evidence: (lease) =>
    saveEvidence(scene.on, scene.worker, lease, "acme", [
      { subject: "s", kind: "k", ok: true, finding: "f", lifetime_ms: 1_000 },
    ]),
};

describe("a stop", () => {
  it("while calls are in flight: none in its scope commits after effective_at", async () => {
    const connections = await Promise.all(Array.from({ length: 4 }, () => scene.connect()));
    const jobs = await scene.admitted(400);
    const leases = await scene.running(40);
    let stopping = true;
    const answers: string[] = [];
    // Each connection claims, and records steps, without a pause until the stop is confirmed.
    const callers = connections.map(async (on, n) => {
      const own = jobs.filter((_, i) => i % connections.length === n);
      for (let i = 0; stopping || i < 3; i++) {
        const batch = own.splice(0, 2);
        const rows = await claimJobs(
          on,
          scene.worker,
          crypto.randomUUID(),
          "build",
          batch.map((job) => job.id),
          batch.map((job) => job.dispatchNo),
        );
        answers.push(...rows.map((row) => row.verdict));
        const lease = at(leases, i * connections.length + n);
        await saveSteps(on, scene.worker, lease.jobId, lease.token, [
          { name: `${n}-${i}`, result: 1, startedAt: new Date() },
        ]).then(
          () => answers.push("step"),
          (error: unknown) => answers.push(toHoldpointError(error).reason),
        );
      }
    });
    await expect.poll(() => answers.filter((answer) => answer === "claimed").length).toBeGreaterThan(8);
    const { id } = await engage();
    const { effective_at } = await confirm(id);
    stopping = false;
    await Promise.all(callers);
    expect(effective_at).not.toBeNull();
    expect(new Set(answers)).toEqual(new Set(["claimed", "step", "blocked", "stopped"]));
    const late = await scene.db.query(
      `select e.type, e.at from public.job_events e, public.blocks b where b.id = $1 and e.type in ('running', 'step') and e.at > b.effective_at`,
      [id],
    );
    expect(late).toEqual([]);
  });

  it("becomes effective only when the calls that did not see it have ended", async () => {
    const second = await scene.connect();
    const [job] = await scene.admitted(1);
    await second.query("begin");
    const rows = await claimJobs(second, scene.worker, crypto.randomUUID(), "build", [job!.id], [job!.dispatchNo]);
    expect(rows).toMatchObject([{ verdict: "claimed" }]);
    const { id } = await engage();
    const confirmed = confirm(id);
    await expect.poll(() => waiting(scene.db)).toBe(1);
    await second.query("commit");
    await confirmed;
    const [order] = await scene.db.query(
      "select r.started_at < b.since and b.since < b.effective_at as ok from public.runs r, public.blocks b where r.job_id = $1",
      [job!.id],
    );
    expect(order).toEqual({ ok: true });
  });

  it.each(Object.keys(RECORDS))("lets a run in scope record no %s, and others go on", async (what) => {
    const record = RECORDS[what]!;
    const [inside] = await scene.running(1);
    await scene.addVenture("beta");
    const [outside] = await scene.running(1, { venture: "beta" });
    await record(inside!);
    const { id } = await engage("venture", "acme");
    await expect(record(inside!)).rejects.toMatchObject({ code: "PT409" });
    if (what !== "evidence") await record(outside!);
    await confirm(id);
    await expect(record(inside!)).rejects.toMatchObject({ code: "PT409" });
  });

  it.each([
    ["everything", ""],
    ["venture", "acme"],
    ["type", "plain"],
    ["queue", "job"],
    ["lane", "build"],
    ["worker", "the-worker"],
    ["paid", ""],
    ["effects", ""],
  ])("of %s %s keeps its lines from being picked and claimed, and says so to its runs", async (scope, key) => {
    const worker = await startWorker(scene.on, { name: "the-worker" });
    const facts: { type?: TypeName } = scope === "effects" ? { type: "effectful" } : {};
    const [lease] = await scene.running(1, facts, worker);
    const [job] = await scene.admitted(1, facts);
    if (scope === "paid")
      await scene.db.query("update public.jobs set paid = true, estimate_microusd = 1, ceiling_microusd = 1");
    const [outside] = scope === "worker" || scope in { paid: 1, effects: 1 } ? await scene.admitted(1) : [];
    const { id } = await engage(scope, key);
    const picked = await pickReady(scene.on, worker, { queue: "job", want: 5, cursor: "", out: [], look: true });
    // A worker's own stop leaves the work to the others; one of paid work or effects leaves the rest.
    const ready = picked.filter((row) => row.kind === "ready").map((row) => row.job_id);
    expect(new Set(ready)).toEqual(
      new Set(scope === "worker" ? [job!.id, outside!.id] : outside === undefined ? [] : [outside.id]),
    );
    if (outside !== undefined) {
      const others = scope === "worker" ? scene.worker : worker;
      expect(await scene.claim([outside], others)).toMatchObject([{ verdict: "claimed" }]);
    }
    expect(await scene.claim([job!], worker)).toMatchObject([{ verdict: "blocked" }]);
    const listed = [{ ...lease!, progress: null }];
    expect(await heartbeat(scene.on, worker, listed, {})).toMatchObject([{ verdict: "stop" }]);
    expect(await readControl(scene.on, worker)).toMatchObject({
      stopped_runs: [lease!.jobId],
      stops: [{ id }],
      halted: scope === "worker",
    });
    await expect(RECORDS["a step"]!(lease!, worker)).rejects.toMatchObject({ code: "PT409" });
    await confirm(id);
    const status = () => person.call<{ phase: string; open_count: number }[]>("stop_status");
    expect(await status()).toMatchObject([{ phase: "STOPPING", open_count: 1 }]);
    expect(await scene.settle([{ ...lease!, outcome: "stopped" }], worker)).toMatchObject([{ state: "queued" }]);
    expect(await status()).toMatchObject([{ phase: "STOPPED", open_count: 0 }]);
    const [run] = await scene.db.query("select retries_used, losses from public.jobs where id = $1", [lease!.jobId]);
    expect(run).toEqual({ retries_used: 0, losses: 1 });
    await person.call("lift_stop", id, "LIFT");
    // That it may be paid for is another matter.
    if (scope === "paid")
      await scene.db.query("update public.jobs set paid = false, estimate_microusd = 0, ceiling_microusd = 0");
    const [again] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [
      job!.id,
    ]);
    expect(await scene.claim([{ id: job!.id, dispatchNo: again!.no }], worker)).toMatchObject([{ verdict: "claimed" }]);
  });

  it("is finished by the janitor when its caller is gone, and repeating the confirmation is harmless", async () => {
    const { id } = await engage();
    await scene.db.query("update public.blocks set since = since - interval '5 seconds'");
    expect(await tendBlocks(scene.on, scene.worker)).toBeGreaterThan(0);
    const { effective_at: first } = await confirm(id);
    const { effective_at: again } = await confirm(id);
    expect(again).toBe(first);
    const [fleet] = await scene.db.query<{ id: string }>("select id from public.ventures where key = 'fleet'");
    expect((await scene.events(fleet!.id)).filter((type) => type === "stop.effective")).toHaveLength(1);
  });

  it("overlaps with others: a second one of the same scope says who was first, and lifting names one", async () => {
    const one = await engage();
    const two = await engage();
    expect(two).toMatchObject({ same: [{ id: one.id, by: person.email, reason: "a test" }] });
    await person.call("lift_stop", one.id, "LIFT");
    const [job] = await scene.admitted(1);
    expect(await scene.claim([job!])).toMatchObject([{ verdict: "blocked" }]);
    await person.call("lift_stop", two.id, "LIFT");
    await expect(person.call("lift_stop", two.id, "LIFT")).rejects.toMatchObject({ code: "PT404" });
  });

  it("lifted by two people at once is lifted once", async () => {
    const other = await scene.signIn("admin");
    const { id } = await engage();
    const lift = (by: Person) => () =>
      by.call("lift_stop", id, "LIFT").then(
        () => "lifted",
        (error: unknown) => toHoldpointError(error).reason,
      );
    const answers = await meet(scene.db, `select from public.blocks where id = '${id}' for update`, [
      lift(person),
      lift(other),
    ]);
    expect(answers).toEqual(["lifted", "already_lifted"]);
  });
});
