/** Pauses: nothing new starts in their scope from the commit on, and what runs goes on. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { claimJobs, heartbeat, pickReady, readControl, saveSteps } from "@holdpoint/db/runtime";
import { expectInvariants } from "./support/invariants.ts";
import { waiting } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

let scene: Scene;
let person: Person;
beforeEach(async () => {
  scene = await setScene();
  person = await scene.signIn("approver");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const pause = (scope: string, key = "", by = person) => by.call<{ id: string }>("pause_work", scope, key, "a test");
const resume = (scope: string, key = "") => person.call<{ id: string }>("resume_work", scope, key, null);
const refusal = (call: Promise<unknown>) =>
  call.then(
    () => "none",
    (error: unknown) => {
      const { code, reason, message } = toHoldpointError(error);
      return `${code} ${reason}: ${message}`;
    },
  );

describe("a pause", () => {
  it.each([
    ["everything", ""],
    ["venture", "acme"],
    ["type", "plain"],
    ["queue", "job"],
    ["lane", "build"],
  ])("of %s %s lets what runs go on and keeps what waits from starting, until it is resumed", async (scope, key) => {
    const [lease] = await scene.running(1);
    const [job] = await scene.admitted(1);
    await pause(scope, key);
    const pick = () => pickReady(scene.on, scene.worker, { queue: "job", want: 5, cursor: "", out: [], look: true });
    expect((await pick()).filter((row) => row.kind === "ready")).toEqual([]);
    expect(await scene.claim([job!])).toMatchObject([{ verdict: "blocked" }]);
    const name = `pause:${scope}${key === "" ? "" : `:${key}`}`;
    const detail = await person.call<{ job: object; blocks: object[] }>("job_detail", job!.id);
    expect(detail).toMatchObject({ job: { blocked_by: name }, blocks: [{ reason: "a test", by_id: person.email }] });
    // What runs does not notice.
    expect(await readControl(scene.on, scene.worker)).toMatchObject({ stops: [], stopped_runs: [], halted: false });
    expect(await heartbeat(scene.on, scene.worker, [{ ...lease!, progress: null }], {})).toMatchObject([
      { verdict: "renewed" },
    ]);
    const step = { name: "one", result: 1, startedAt: new Date() };
    await saveSteps(scene.on, scene.worker, lease!.jobId, lease!.token, [step]);
    expect(await scene.settle([lease!])).toMatchObject([{ state: "succeeded" }]);
    await resume(scope, key);
    const ready = (await pick()).filter((row) => row.kind === "ready");
    expect(ready.map((row) => row.job_id)).toEqual([job!.id]);
    const [hint] = ready;
    expect(await scene.claim([{ id: job!.id, dispatchNo: hint!.dispatch_no! }])).toMatchObject([
      { verdict: "claimed" },
    ]);
    const stream = await scene.db.query<{ id: string }>("select id from public.ventures where key = $1", [
      scope === "venture" ? "acme" : "fleet",
    ]);
    const events = (await scene.events(stream[0]!.id)).filter((type) => type.startsWith("work."));
    expect(events).toEqual(["work.paused", "work.resumed"]);
  });

  it("waits out a claim in flight, so that nothing in scope is claimed after its commit", async () => {
    const second = await scene.connect();
    const [job] = await scene.admitted(1);
    await second.query("begin");
    await claimJobs(second, scene.worker, crypto.randomUUID(), "build", [job!.id], [job!.dispatchNo]);
    const paused = pause("everything");
    await expect.poll(() => waiting(scene.db)).toBe(1);
    await second.query("commit");
    const { id } = await paused;
    const [order] = await scene.db.query(
      "select r.started_at < b.since as ok from public.runs r, public.blocks b where r.job_id = $1 and b.id = $2",
      [job!.id, id],
    );
    expect(order).toEqual({ ok: true });
  });

  it("twice is refused with who paused when; two people at once make one", async () => {
    const other = await scene.signIn("admin");
    const answers = await Promise.all([refusal(pause("queue", "job")), refusal(pause("queue", "job", other))]);
    expect(answers.filter((answer) => answer === "none")).toHaveLength(1);
    expect(await refusal(pause("queue", "job", other))).toMatch(
      /^conflict already_paused: Already paused: queue job, by (approver|admin)-.*@example\.test since \d{4}-.* UTC \(a test\)\.$/,
    );
    await pause("lane", "build");
    await resume("queue", "job");
    expect(await refusal(resume("queue", "job"))).toBe("conflict not_paused: Not paused: queue job.");
    const [job] = await scene.admitted(1);
    expect(await scene.claim([job!])).toMatchObject([{ verdict: "blocked" }]);
  });

  it("of a venture is its approver's; of anything wider it needs the fleet's", async () => {
    await scene.addVenture("beta");
    const own = await scene.signIn("approver", "acme");
    const viewer = await scene.signIn("viewer");
    await own.call("pause_work", "venture", "acme", "a test");
    expect(await refusal(own.call("pause_work", "venture", "beta", "a test"))).toContain("not_found unknown_venture");
    expect(await refusal(own.call("pause_work", "queue", "job", "a test"))).toContain("forbidden role_too_low");
    expect(await refusal(viewer.call("resume_work", "venture", "acme"))).toContain("forbidden role_too_low");
  });
});
