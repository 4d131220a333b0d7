import { describe, expect, test } from "vitest";
import { defineJob, EffectNotDone, z } from "../index.ts";
import type { EffectOptions } from "../index.ts";
import { everyCrashPoint, runJob } from "./index.ts";

/** A provider that does a thing once per key, and says what it did. */
class Provider {
  readonly did = new Map<string, number>();
  calls = 0;
  charge(key: string): { no: number } {
    this.calls += 1;
    const no = this.did.get(key) ?? this.did.size + 1;
    this.did.set(key, no);
    return { no };
  }
}

function job(provider: Provider, options: Partial<EffectOptions<{ no: number }>> = {}) {
  return defineJob({
    name: "pay",
    version: 1,
    size: "small",
    timeoutMs: 1_000,
    effectKinds: ["spend"],
    ceilingMicrousd: 100,
    payload: z.object({}),
    async run(ctx) {
      await ctx.step("look", () => "looked");
      const receipt = await ctx.effect(
        {
          key: "charge",
          kind: "spend",
          settle: "safe_retry",
          max: 50,
          dedupeMs: 1_000,
          costOf: () => 7,
          reconcile: ({ idempotencyKey }) => {
            const no = provider.did.get(idempotencyKey);
            return no === undefined ? { happened: false } : { happened: true, receipt: { no } };
          },
          ...options,
        },
        ({ idempotencyKey }) => provider.charge(idempotencyKey),
      );
      ctx.spent(3);
      return receipt;
    },
  });
}

describe("ctx.effect in the test kit", () => {
  test("in a dry run calls nothing, records its intent as not done, and answers with the dry result", async () => {
    const provider = new Provider();
    const run = await runJob(job(provider, { dry: { no: 0 } }), { payload: {}, dryRun: true });
    expect(run.result).toEqual({ outcome: "succeeded", result: { no: 0 } });
    expect(run.effects).toMatchObject({ charge: { state: "not_done", receipt: null } });
    expect(provider.calls).toBe(0);
    const bare = await runJob(job(provider), { payload: {}, dryRun: true });
    expect(bare.result).toEqual({ outcome: "succeeded", result: null });
  });

  test("keeps the receipt and its cost; a later run gets it without a call", async () => {
    const provider = new Provider();
    const run = await runJob(job(provider), { payload: {} });
    expect(run.result).toEqual({ outcome: "succeeded", result: { no: 1 } });
    expect(run.effects).toMatchObject({ charge: { state: "done", receipt: { no: 1 }, costMicrousd: 7, attempts: 1 } });
    expect(run.spentMicrousd).toBe(3);
    expect((await run.resume()).result).toEqual(run.result);
    expect(provider.calls).toBe(1);
  });

  test.each(["safe_retry", "reconcile"] as const)("ends the same after a crash at every point: %s", async (settle) => {
    let provider = new Provider();
    const definition = () => job((provider = new Provider()), { settle });
    const world = definition();
    const reports = await everyCrashPoint(world, { payload: {}, jobId: "same" });
    expect(reports.map(({ step, when }) => `${step} ${when}`)).toContain("effect:charge during");
    expect(provider.did.size).toBe(1);
    // Before the call it is made by the second run; after it the provider is asked, or told the same key again.
    const during = reports.find(({ step, when }) => step === "effect:charge" && when === "during");
    expect(during?.calls["effect:charge"]).toBe(settle === "safe_retry" ? 2 : 1);
  });

  test("refuses an undeclared kind, a key used twice, and what is no amount", async () => {
    const wrong = async (options: Partial<EffectOptions<{ no: number }>>) =>
      (await runJob(job(new Provider(), options), { payload: {} })).result;
    expect(await wrong({ kind: "deploy" })).toMatchObject({
      errorClass: "bug",
      message: expect.stringContaining("declare"),
    });
    expect(await wrong({ key: "" })).toMatchObject({ errorClass: "bug" });
    expect(await wrong({ max: -1 })).toMatchObject({ errorClass: "bug" });
    expect(await wrong({ costOf: () => 0.5 })).toMatchObject({ errorClass: "bug" });
  });

  test("quarantines what nobody can tell, and gives a no back as a failure", async () => {
    const provider = new Provider();
    const first = await runJob(job(provider, { settle: "reconcile", reconcile: () => ({ happened: "unknown" }) }), {
      payload: {},
      crashBeforeCall: "charge",
    });
    expect((await first.resume()).result).toMatchObject({ outcome: "failed", errorClass: "unsafe" });
    const refusing = defineJob({
      name: "refused",
      version: 1,
      size: "small",
      timeoutMs: 1_000,
      effectKinds: ["other"],
      payload: z.object({}),
      run: (ctx) =>
        ctx.effect({ key: "k", kind: "other", settle: "reconcile" }, () => {
          throw new EffectNotDone("the card was declined");
        }),
    });
    const declined = await runJob(refusing, { payload: {} });
    expect(declined.result).toMatchObject({ outcome: "failed", errorClass: "transient" });
    expect(declined.effects).toMatchObject({ k: { state: "not_done" } });
  });
});
