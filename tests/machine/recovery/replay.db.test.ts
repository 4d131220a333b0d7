/** Jobs made from others: edits, replays, dry runs; and cancel in every state. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toHoldpointError } from "@holdpoint/db";
import { beginEffect, readSteps, saveSteps } from "@holdpoint/db/runtime";
import { replayOf } from "@holdpoint/policy";
import { admit } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { setCap } from "../support/money.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, Scene } from "../support/scene.ts";
import { TYPES } from "../support/types.ts";
import { startWorker } from "../support/worker.ts";

let scene: Scene;
let ann: Person;
beforeAll(async () => {
  scene = await setScene();
  await setCap(scene.db, { day: 100_000_000 });
  ann = await scene.signIn("approver");
});
afterAll(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const reason = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: unknown) => toHoldpointError(error).reason,
  );
const failed = async () => {
  const lease = at(await scene.running(1), 0);
  await scene.settle([{ ...lease, outcome: "failed", errorClass: "bad_input", errorMessage: "no" }]);
  return lease.jobId;
};
const row = async (id: string) =>
  at(await scene.db.query<Record<string, unknown>>("select * from public.jobs where id = $1", [id]), 0);
/** Admits as the worker does: what the job was made from stays among its references. */
const runReplay = async (id: string, type: "plain" | "paid" = "plain", ceiling = 0): Promise<Lease> => {
  const { refs } = await row(id);
  await admit(scene.on, scene.worker, [{ id, type, venture: "acme", ceiling }]);
  await scene.db.query("update public.jobs set refs = $2 where id = $1", [id, refs]);
  const [run] = await scene.claim([{ id, dispatchNo: 1 }]);
  return { jobId: id, token: run!.token };
};

describe("edit and resubmit", () => {
  it("makes a new job, discards the old one in the same transaction, and links both ways", async () => {
    const old = await failed();
    const made = await ann.call<{ id: string }>("resubmit_job", old, {
      payload: { url: "x" },
      reason: "typo",
      key: "e1",
    });
    expect(await scene.state(old)).toBe("discarded");
    expect(await row(made.id)).toMatchObject({ state: "submitted", payload: { url: "x" }, submitted_by_id: ann.email });
    expect(replayOf((await row(made.id))["refs"])).toMatchObject({ of: old, kind: "edit", dry_run: false });
    expect(await scene.events(old)).toContain("resubmitted");
    expect(await scene.events(made.id)).toEqual(["submitted", "linked"]);
    const detail = await ann.call<{ links: unknown }>("job_detail", old);
    expect(detail.links).toMatchObject([{ job_id: made.id, of_job: old, kind: "edit", payload_edited: true }]);
    // Its answer was lost and it is repeated.
    expect(await ann.call("resubmit_job", old, { payload: { url: "x" }, reason: "typo", key: "e1" })).toEqual({
      id: made.id,
      of: old,
      repeated: true,
    });
    expect(await reason(ann.call("resubmit_job", old, { payload: { url: "y" }, reason: "typo" }))).toBe(
      "already_decided",
    );
    // A key with another edit is another request, and says so.
    expect(await reason(ann.call("resubmit_job", old, { payload: { url: "y" }, reason: "typo", key: "e1" }))).toBe(
      "idempotency_conflict",
    );
    await ann.call("cancel_job", made.id);
  });

  it("refuses an edit of nothing, one without a reason, and one of a job that does not wait", async () => {
    const old = await failed();
    expect(await reason(ann.call("resubmit_job", old, { payload: {}, reason: "none" }))).toBe("nothing_edited");
    expect(await reason(ann.call("resubmit_job", old, { payload: { a: 1 } }))).toBe("missing_field");
    expect(await reason(ann.call("resubmit_job", old, { payload: [1], reason: "a list" }))).toBe("bad_payload");
    const [queued] = await scene.admitted(1);
    expect(await reason(ann.call("resubmit_job", queued!.id, { payload: { a: 1 }, reason: "early" }))).toBe(
      "not_waiting",
    );
    expect(await scene.state(old)).toBe("quarantined");
    await ann.call("cancel_job", queued!.id);
  });

  it("of two people at once only one makes a job", async () => {
    const old = await failed();
    const bob = await scene.signIn("approver");
    const answers = await Promise.all(
      [ann, bob].map((person, i) => reason(person.call("resubmit_job", old, { payload: { i }, reason: "an edit" }))),
    );
    expect(answers.toSorted()).toEqual(["already_decided", "ok"]);
    const links = await scene.db.query<{ job_id: string }>("select job_id from public.job_links where of_job = $1", [
      old,
    ]);
    expect(links).toHaveLength(1);
    await ann.call("cancel_job", links[0]!.job_id);
  });
});

describe("replay", () => {
  it("takes over the results of the steps before the one that is named, and no others", async () => {
    const lease = at(await scene.running(1), 0);
    for (const name of ["fetch", "parse", "store"])
      await saveSteps(scene.on, scene.worker, lease.jobId, lease.token, [
        { name, result: { name }, startedAt: new Date() },
      ]);
    await scene.settle([lease]);
    const wrong = ann.call("replay_job", lease.jobId, { from_step: "pack" }).catch(toHoldpointError);
    expect(await wrong).toMatchObject({ reason: "unknown_step", remedy: "Its steps: fetch, parse, store" });
    const made = await ann.call<{ id: string; steps: number }>("replay_job", lease.jobId, { from_step: "store" });
    expect(made).toMatchObject({ steps: 2 });
    const run = await runReplay(made.id);
    expect(await readSteps(scene.on, scene.worker, made.id, run.token)).toEqual([
      { name: "fetch", result: { name: "fetch" } },
      { name: "parse", result: { name: "parse" } },
    ]);
    await scene.settle([run]);
    expect(await scene.state(lease.jobId)).toBe("succeeded");
    const compared = await ann.call<{ job: object; other: object }>("job_comparison", made.id, lease.jobId);
    expect(compared).toMatchObject({ job: { id: made.id }, other: { id: lease.jobId, steps: [{}, {}, {}] } });
  });

  it("repeats nothing for a repeated key, and refuses the key for another request", async () => {
    const old = await failed();
    const made = await ann.call<{ id: string }>("replay_job", old, { key: "r1" });
    expect(await ann.call("replay_job", old, { key: "r1" })).toMatchObject({ id: made.id });
    expect(await reason(ann.call("replay_job", old, { key: "r1", dry_run: true }))).toBe("idempotency_conflict");
    await ann.call("cancel_job", made.id);
    await ann.call("cancel_job", old);
  });

  it("dry: no call, no money, and the intents stand recorded as not done", async () => {
    const lease = at(await scene.running(1, { type: "paid" }), 0);
    await scene.settle([lease]);
    const made = await ann.call<{ id: string }>("replay_job", lease.jobId, { dry_run: true });
    expect(await row(made.id)).toMatchObject({ paid: false, ceiling_microusd: "0", estimate_microusd: "0" });
    const run = await runReplay(made.id, "paid");
    const intent = {
      key: "charge",
      kind: "spend",
      settle: "safe_retry",
      maxMicrousd: 3_000_000,
      dedupeMs: 1_000,
    } as const;
    const begin = () => beginEffect(scene.on, scene.worker, run, { ...intent, withinMs: 1_000, reconciled: false });
    expect(await begin()).toEqual({ state: "dry_run" });
    expect(await begin()).toEqual({ state: "dry_run" });
    expect(
      await scene.db.query("select outcome, dry_run, cost_microusd from public.effects where job_id = $1", [made.id]),
    ).toEqual([{ outcome: "not_done", dry_run: true, cost_microusd: "0" }]);
    expect(await scene.db.query("select 1 from public.ledger where job_id = $1", [made.id])).toEqual([]);
    await scene.settle([run]);
    expect((await scene.events(made.id)).filter((type) => type === "effect.dry_run")).toHaveLength(1);
  });

  it("takes over no steps of another version of the type", async () => {
    const lease = at(await scene.running(1), 0);
    await saveSteps(scene.on, scene.worker, lease.jobId, lease.token, [
      { name: "one", result: 1, startedAt: new Date() },
    ]);
    await scene.settle([lease]);
    await startWorker(scene.on, { types: Object.values(TYPES).map((type) => ({ ...type, version: 2 })) });
    expect(await reason(ann.call("replay_job", lease.jobId, { from_step: "one" }))).toBe("type_version_differs");
    const made = await ann.call<{ id: string }>("replay_job", lease.jobId, {});
    expect(await row(made.id)).toMatchObject({ type_version: 2 });
    await ann.call("cancel_job", made.id);
  });
});

describe("cancel", () => {
  it("ends a job in every state that has not ended, and resolves its record", async () => {
    const [submitted] = await scene.submitted(1);
    const [queued] = await scene.admitted(1);
    const [held] = await scene.admitted(1, { decision: "held" });
    for (const id of [submitted!, queued!.id, held!.id]) {
      expect(await ann.call("cancel_job", id, "a test")).toMatchObject({ state: "canceled" });
      expect(await scene.state(id)).toBe("canceled");
      expect(await reason(ann.call("cancel_job", id, "a test"))).toBe("already_ended");
    }
  });
});
