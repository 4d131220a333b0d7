/** Decisions: once, whatever races; bound to a plan; undone until a worker has the job. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { retryDelayMs, RETRY_RULES, RETRY_TIERS } from "@holdpoint/policy";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { ReadyJob, Scene } from "./support/scene.ts";

let scene: Scene;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
  bob = await scene.signIn("approver", "acme");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const planOf = async (job: string) =>
  at(
    await scene.db.query<{ hash: string }>("select encode(plan_hash, 'hex') as hash from public.jobs where id = $1", [
      job,
    ]),
    0,
  ).hash;
const held = async () => at(await scene.admitted(1, { decision: "held" }), 0);
async function answer(by: Person, job: string, verb: string): Promise<string> {
  const hash = ["approve", "reject"].includes(verb) ? await planOf(job) : null;
  return by.call<{ state: string }>("decide", job, verb, hash, "a reason").then(
    ({ state }) => state,
    (error: unknown) => toHoldpointError(error).reason,
  );
}
const lockJob = (job: string) => `select from public.jobs where id = '${job}' for update`;
const hint = async (job: string): Promise<ReadyJob> =>
  at(await scene.db.query<ReadyJob>(`select id, dispatch_no as "dispatchNo" from public.jobs where id = $1`, [job]), 0);
const due = () => scene.db.query("update public.jobs set run_at = clock_timestamp() where phase = 'q'");

describe("a decision", () => {
  it("by two people at once is one: the second learns who was first", async () => {
    const { id } = await held();
    const plan = await planOf(id);
    const [first, second] = await meet<unknown>(scene.db, lockJob(id), [
      () => ann.call("decide", id, "approve", plan, "yes"),
      () => bob.call("decide", id, "reject", plan, "no").catch((error: unknown) => toHoldpointError(error)),
    ]);
    expect(first).toMatchObject({ state: "queued" });
    expect(second).toMatchObject({
      code: "conflict",
      reason: "already_decided",
      message: expect.stringContaining(ann.email),
    });
  });

  it("names a plan: another hash, or none, decides nothing", async () => {
    const { id } = await held();
    for (const [hash, code] of [
      ["f".repeat(64), "PT409"],
      [null, "PT400"],
      ["short", "PT400"],
    ] as const)
      await expect(ann.call("decide", id, "approve", hash, "yes")).rejects.toMatchObject({ code });
    expect(await scene.state(id)).toBe("held");
    expect(await scene.db.query("select from public.decisions")).toEqual([]);
  });

  it("against a claim: undo wins or the claim wins, never both", async () => {
    for (const order of ["undo", "claim"] as const) {
      const { id } = await held();
      await answer(ann, id, "approve");
      await due();
      const job = await hint(id);
      const undo = () => answer(ann, id, "undo");
      const claim = () => scene.claim([job]).then((rows) => at(rows, 0).verdict as string);
      const answers = await meet<string>(scene.db, lockJob(id), order === "undo" ? [undo, claim] : [claim, undo]);
      expect(answers).toEqual(order === "undo" ? ["held", "stale"] : ["claimed", "too_late_to_undo"]);
    }
  });

  it("waits ten seconds before it lets anything start; urgent work does not", async () => {
    const [calm, urgent] = await scene.admitted(2, { decision: "held" });
    await scene.db.query("update public.jobs set urgent = true where id = $1", [urgent!.id]);
    for (const { id } of [calm!, urgent!]) await answer(ann, id, "approve");
    const rows = await scene.claim([await hint(calm!.id), await hint(urgent!.id)]);
    expect(rows.toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict)).toEqual(["early", "claimed"]);
  });

  it("expires: the safe thing happens, and a late yes is refused", async () => {
    const { id } = await held();
    await scene.db.query("update public.jobs set held_until = clock_timestamp() where id = $1", [id]);
    expect(await answer(ann, id, "approve")).toBe("expired");
    await scene.db.query("select holdpoint.expire_jobs($1, $2, 10)", [scene.worker.id, scene.worker.key]);
    expect(await scene.state(id)).toBe("expired");
    expect(await answer(ann, id, "approve")).toBe("not_waiting");
  });

  it("covers a run after an uncounted loss, and not a plan that changed or a decision that ran out", async () => {
    const { id } = await held();
    await answer(ann, id, "approve");
    await due();
    const [run] = await scene.claim([await hint(id)]);
    await scene.settle([{ jobId: id, token: run!.token, outcome: "stopped" }]);
    const [again] = await scene.claim([await hint(id)]);
    expect(again).toMatchObject({ verdict: "claimed", run_no: 2 });
    await scene.settle([{ jobId: id, token: again!.token, outcome: "stopped" }]);
    await scene.db.query("update public.decisions set expires_at = clock_timestamp()");
    expect(await scene.claim([await hint(id)])).toMatchObject([{ verdict: "held" }]);
    expect(await scene.state(id)).toBe("held");
    const [job] = await scene.db.query("select decision_id, reason from public.jobs where id = $1", [id]);
    expect(job).toEqual({ decision_id: null, reason: `The approval of ${ann.email} has expired.` });
  });

  it("of an approved job whose run failed leads to the inbox, and a release is not an approval of something else", async () => {
    const { id } = await held();
    await answer(ann, id, "approve");
    await due();
    const [run] = await scene.claim([await hint(id)]);
    await scene.settle([
      { jobId: id, token: run!.token, outcome: "failed", errorClass: "transient", errorMessage: "down" },
    ]);
    expect(await scene.state(id)).toBe("dead");
    expect(await answer(ann, id, "approve")).toBe("already_decided");
    expect(await answer(bob, id, "release")).toBe("queued");
    expect(await answer(ann, id, "undo")).toBe("dead");
    expect(await answer(bob, id, "discard")).toBe("discarded");
    expect(await answer(bob, id, "discard")).toBe("already_decided");
  });

  it("on a job that was canceled meanwhile is refused", async () => {
    const { id } = await held();
    const plan = await planOf(id);
    const answers = await meet<unknown>(scene.db, lockJob(id), [
      () => ann.call("cancel_job", id, "no longer needed"),
      () => bob.call("decide", id, "approve", plan, "yes").catch((error: unknown) => toHoldpointError(error).reason),
    ]);
    expect(answers).toMatchObject([{ state: "canceled" }, "not_waiting"]);
  });
});

describe("cancel", () => {
  it("wins on a running job unless its settle committed first", async () => {
    for (const order of ["cancel", "settle"] as const) {
      const [lease] = await scene.running(1);
      const cancel = () =>
        ann.call<{ state: string }>("cancel_job", lease!.jobId, "stop it").then(
          ({ state }) => state,
          (error: unknown) => toHoldpointError(error).reason,
        );
      const settle = () => scene.settle([lease!]).then((rows) => at(rows, 0).state);
      const answers = await meet<string>(
        scene.db,
        lockJob(lease!.jobId),
        order === "cancel" ? [cancel, settle] : [settle, cancel],
      );
      expect(answers).toEqual(order === "cancel" ? ["running", "canceled"] : ["succeeded", "already_ended"]);
    }
  });
});

describe("retries", () => {
  it("wait as packages/policy says", async () => {
    for (const tier of RETRY_TIERS)
      for (const used of [0, 1, 2, 5])
        for (const random of [0, 0.25, 0.999]) {
          const [row] = await scene.db.query<{ ms: string }>(
            "select holdpoint.backoff_ms(t, $2, $3) as ms from public.retry_tiers t where t.tier = $1::public.retry_tier",
            [tier, used, random],
          );
          // The database draws how much is kept, the policy how much is taken away.
          expect(Number(row?.ms), `${tier} ${used} ${random}`).toBeCloseTo(
            retryDelayMs(RETRY_RULES[tier], used + 1, 1 - random),
            -1,
          );
        }
  });

  it("by death of the process: alone after the first, in quarantine after two more", async () => {
    const [lease] = await scene.running(1);
    let token = lease!.token;
    const deaths = [];
    for (let i = 0; i < 3; i++) {
      await scene.db.query("select holdpoint.lose_own_run($1, $2, $3, $4)", [
        scene.worker.id,
        scene.worker.key,
        lease!.jobId,
        token,
      ]);
      if ((await scene.state(lease!.jobId)) !== "queued") break;
      const [run] = await scene.claim([await hint(lease!.jobId)]);
      token = run!.token;
      // What a lane goes by to run it alone.
      deaths.push((run as { deaths?: number }).deaths);
    }
    expect(deaths).toEqual([1, 2]);
    expect(await scene.state(lease!.jobId)).toBe("quarantined");
  });
});
