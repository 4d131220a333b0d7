/** Submit and admit in one call: the same rows and events as submit and then admit, or nothing of the decision. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pickSubmitted, submitJobs } from "@holdpoint/db/runtime";
import type { TrustedSubmission } from "@holdpoint/db/runtime";
import { expectInvariants } from "./support/invariants.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const DECISION = { rule: "default", reason: 'No rule "asks"', tier: "small", queue: "job" };
const PLAN = Buffer.alloc(32, 7);
const goAhead = { decision: DECISION, planHash: PLAN };

function submit(items: NonNullable<TrustedSubmission["admitted"]>["items"], more: Partial<TrustedSubmission> = {}) {
  const payloads = items.map((_, n) => ({ n }));
  const admitted = { policyVersion: 1, typeVersion: 1, items };
  return submitJobs(scene.on, scene.worker, { venture: "acme", type: "plain", payloads, admitted, ...more });
}

const events = (id: string) =>
  scene.db.query<{ seq: number; type: string; data: unknown; ok: boolean }>(
    `select e.seq, e.type, e.body::jsonb -> 'data' as data, v.ok from public.job_events e
     join holdpoint.verify_stream(e.stream) v on v.seq = e.seq where e.stream = $1 order by e.seq`,
    [id],
  );

describe("submit_jobs with decisions", () => {
  it("records both events, chained, and the job can be claimed", async () => {
    const ids = await submit([goAhead, goAhead]);
    expect(await pickSubmitted(scene.on, scene.worker, 10)).toEqual([]);
    const [first] = ids;
    expect(await events(first!)).toMatchObject([
      { seq: 1, type: "submitted", ok: true },
      {
        seq: 2,
        type: "queued",
        ok: true,
        data: { rule: "default", policy: 1, reason: 'No rule "asks"', tier: "small", plan: PLAN.toString("hex") },
      },
    ]);
    const rows = await scene.claim(ids.map((id) => ({ id, dispatchNo: 1 })));
    expect(rows.map((row) => row.verdict)).toEqual(["claimed", "claimed"]);
    expect(await scene.settle(rows.map((row) => ({ jobId: row.job_id, token: row.token })))).toHaveLength(2);
  });

  it("writes what submit and then admit write", async () => {
    const columns = `state, phase, queue, dispatch_no, tier, policy_version, needs_approval, plan_no, seq, paid, ceiling_microusd,
      estimate_microusd, type_version, run_no, held_for`;
    const [atOnce] = await submit([goAhead]);
    const [{ id: inTwo } = { id: "" }] = await scene.admitted(1);
    const [one, two] = await Promise.all(
      [atOnce, inTwo].map((id) => scene.db.query(`select ${columns} from public.jobs where id = $1`, [id])),
    );
    expect(one).toEqual(two);
  });

  it("leaves the rest of a batch to admission", async () => {
    const [ahead, waits] = await submit([goAhead, null]);
    expect((await pickSubmitted(scene.on, scene.worker, 10)).map((row) => row.id)).toEqual([waits]);
    expect((await events(ahead!)).map((event) => event.type)).toEqual(["submitted", "queued"]);
    expect((await events(waits!)).map((event) => event.type)).toEqual(["submitted"]);
  });

  it("is void when another version of the type is announced by now", async () => {
    const admitted = { policyVersion: 1, typeVersion: 9, items: [goAhead] };
    const ids = await submit([goAhead], { admitted });
    expect((await pickSubmitted(scene.on, scene.worker, 10)).map((row) => row.id)).toEqual(ids);
  });

  it("answers a repeated key with the first job, and admits nothing twice", async () => {
    const [first] = await submit([goAhead], { keys: ["k"] });
    expect(await submit([goAhead], { keys: ["k"] })).toEqual([first]);
    expect(await events(first!)).toHaveLength(2);
  });
});
