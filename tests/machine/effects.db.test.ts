/** Intents and receipts: what may begin, who settles what is left open, and what the books say of it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginEffect, finishEffect } from "@holdpoint/db/runtime";
import type { BegunEffect, EffectIntent } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { setCap, usageOf } from "./support/money.ts";
import { setScene } from "./support/scene.ts";
import type { Lease, Scene } from "./support/scene.ts";

const DOLLAR = 1_000_000;
let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
  await setCap(scene.db, { day: 100 * DOLLAR });
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const INTENT: EffectIntent = {
  key: "charge",
  kind: "spend",
  settle: "safe_retry",
  maxMicrousd: 3 * DOLLAR,
  dedupeMs: 3_600_000,
  withinMs: 1_000,
  reconciled: false,
};
const begin = (lease: Lease, change: Partial<EffectIntent> = {}): Promise<BegunEffect> =>
  beginEffect(scene.on, scene.worker, lease, { ...INTENT, ...change });
const done = (lease: Lease, costMicrousd: number | null, receipt: unknown = { id: "ch_1" }) =>
  finishEffect(scene.on, scene.worker, lease, "charge", { outcome: "done", receipt, costMicrousd });
const run = async () => at(await scene.running(1, { type: "paid" }), 0);
const refusal = (reason: string) =>
  expect.objectContaining({ detail: expect.stringContaining(`"reason":"${reason}"`) });

/** The run is lost and the job claimed anew; its first intent is over unless told otherwise. */
async function nextRun(lease: Lease, intentOver = true): Promise<Lease> {
  await scene.leasesOver();
  await scene.db.query("select holdpoint.reap($1, $2, 10)", [scene.worker.id, scene.worker.key]);
  if (intentOver) await scene.db.query("update public.effects set not_after = not_after - interval '1 hour'");
  const [job] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [
    lease.jobId,
  ]);
  const [row] = await scene.claim([{ id: lease.jobId, dispatchNo: job!.no }]);
  return { jobId: lease.jobId, token: row!.token };
}

describe("an effect's money", () => {
  it("is authorised inside the reservation, captured with the receipt, and the rest goes back to the run", async () => {
    const lease = await run();
    expect(await begin(lease)).toMatchObject({ state: "call", attempt: 1 });
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 2 * DOLLAR, authorised: 3 * DOLLAR });
    expect(await done(lease, 1 * DOLLAR)).toBe("recorded");
    expect(await done(lease, 1 * DOLLAR)).toBe("repeat");
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 4 * DOLLAR, authorised: 0, captured: 1 * DOLLAR });
    await scene.settle([{ ...lease, costMicrousd: 1 * DOLLAR }]);
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 0, captured: 2 * DOLLAR });
    const [job] = await scene.db.query("select cost_microusd::int as cost from public.jobs");
    expect(job).toEqual({ cost: 2 * DOLLAR });
  });

  it("never passes what the run may still cost, and a bill above max is an overrun", async () => {
    const lease = await run();
    await expect(begin(lease, { maxMicrousd: 6 * DOLLAR })).rejects.toEqual(refusal("over_reservation"));
    await expect(begin(lease, { maxMicrousd: null })).rejects.toEqual(refusal("missing_field"));
    await expect(begin(lease, { maxMicrousd: -1 })).rejects.toEqual(refusal("bad_field"));
    await expect(begin(lease, { kind: "deploy" })).rejects.toEqual(refusal("kind_not_declared"));
    await begin(lease);
    await done(lease, 10 * DOLLAR);
    expect(await usageOf(scene.db, "")).toMatchObject({
      reserved: 2 * DOLLAR,
      captured: 3 * DOLLAR,
      overrun: 7 * DOLLAR,
    });
    expect(await scene.db.query("select kind::text as kind from public.blocks")).toEqual([{ kind: "overrun" }]);
  });

  it("stays authorised when the run is lost, until the receipt of a later run or an admin's correction", async () => {
    const first = await run();
    await begin(first, { maxMicrousd: 5 * DOLLAR });
    // Nothing of the ceiling is left: it runs all the same, to settle what is open.
    const second = await nextRun(first);
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 0, authorised: 5 * DOLLAR });
    expect(await begin(second)).toMatchObject({ state: "call", attempt: 2 });
    const third = await nextRun(second);
    const admin = await scene.signIn("admin");
    const correct = (happened: boolean | null, cost: number | null = null, by = admin) =>
      by.call("correct_authorisation", first.jobId, "charge", happened, "the bank says so", cost);
    await expect(correct(true)).rejects.toEqual(refusal("still_running"));
    await scene.settle([{ ...third, outcome: "failed", errorClass: "unsafe" }]);
    await expect(correct(true, -1)).rejects.toEqual(refusal("negative_money"));
    await expect(correct(true, 1, await scene.signIn("approver"))).rejects.toEqual(refusal("role_too_low"));
    await correct(true, 2 * DOLLAR);
    await expect(correct(false)).rejects.toEqual(refusal("effect_settled"));
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 0, authorised: 0, captured: 2 * DOLLAR });
  });

  it("is returned when the call was not made", async () => {
    const lease = await run();
    await begin(lease);
    await finishEffect(scene.on, scene.worker, lease, "charge", { outcome: "not_done", finding: "too late" });
    expect(await usageOf(scene.db, "")).toMatchObject({ reserved: 5 * DOLLAR, authorised: 0 });
    expect(await begin(lease)).toMatchObject({ state: "call", attempt: 2 });
  });
});

describe("an intent that an earlier run left open", () => {
  it("waits until that run can no longer act on it, then is called again with its key", async () => {
    const first = await run();
    expect(await begin(first)).toMatchObject({ state: "call" });
    // Its answer was lost: the same run asks again and has one intent.
    expect(await begin(first)).toMatchObject({ state: "call", attempt: 1 });
    const second = await nextRun(first, false);
    const waits = await begin(second);
    expect(waits.state).toBe("wait");
    expect((waits as { wait_ms: number }).wait_ms).toBeGreaterThan(0);
    const third = await nextRun(second);
    expect(await begin(third)).toMatchObject({ state: "call", attempt: 2 });
    await done(third, null);
    expect(await begin(await nextRun(third))).toEqual({ state: "done", receipt: { id: "ch_1" } });
  });

  it("is asked about when the provider no longer knows the key, or never did", async () => {
    const first = await run();
    await begin(first);
    const second = await nextRun(first);
    await scene.db.query("update public.effects set dedupe_until = clock_timestamp()");
    expect(await begin(second)).toMatchObject({ state: "reconcile" });
    expect(await begin(second, { reconciled: true })).toMatchObject({ state: "call", attempt: 2 });
  });

  it("is settled by the receipt of a run that has lost its lease, but not by its denial", async () => {
    const [first, other] = [await run(), await run()];
    await begin(first);
    await begin(other);
    const second = await nextRun(first);
    await begin(second);
    const no = { outcome: "not_done", finding: "I gave up" } as const;
    expect(await finishEffect(scene.on, scene.worker, first, "charge", no)).toBe("late");
    expect(await done(first, 1 * DOLLAR)).toBe("recorded");
    expect(await begin(second)).toMatchObject({ state: "done" });
  });

  it("goes to quarantine as effect_unknown when nobody can tell", async () => {
    const first = await run();
    await begin(first, { settle: "reconcile" });
    const second = await nextRun(first);
    await finishEffect(scene.on, scene.worker, second, "charge", { outcome: "unknown", finding: "the bank is silent" });
    await scene.settle([{ ...second, outcome: "failed", errorClass: "unsafe", errorMessage: "unknown" }]);
    expect(await scene.state(first.jobId)).toBe("quarantined");
    expect(await scene.db.query("select reason from public.incidents")).toEqual([{ reason: "effect_unknown" }]);
  });
});

describe("a stop", () => {
  it.each([
    ["effects", ""],
    ["paid", ""],
    ["venture", "acme"],
    ["everything", ""],
  ])("of %s %s lets no effect begin, and takes a receipt all the same", async (scope, key) => {
    const lease = await run();
    await begin(lease);
    const admin = await scene.signIn("admin");
    await admin.call("engage_stop", scope, key, "enough");
    await expect(begin(lease, { key: "second", maxMicrousd: 1 })).rejects.toEqual(refusal("stopped"));
    expect(await done(lease, 1)).toBe("recorded");
  });

  it("is not needed for a job that is to be canceled, or a lease that has run out", async () => {
    const lease = await run();
    const admin = await scene.signIn("admin");
    await scene.db.query("update public.runs set lease_until = clock_timestamp() - interval '1 second'");
    await expect(begin(lease)).rejects.toEqual(refusal("lease_expired"));
    await scene.db.query("update public.runs set lease_until = clock_timestamp() + interval '10 seconds'");
    await admin.call("cancel_job", lease.jobId, "no");
    await expect(begin(lease)).rejects.toEqual(refusal("canceled"));
  });
});
