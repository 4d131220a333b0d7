import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, expectTypeOf, test } from "vitest";
import { BadInputError, defineJob, RetryAfter, RunAborted, z } from "../index.ts";
import { everyCrashPoint, runJob } from "./index.ts";

const base = { version: 1, size: "small", timeoutMs: 1000 } as const;

/** Buys and then ships: each at most once per job, whatever crashes. */
function shop(world: { bought: number; shipped: number }) {
  return defineJob({
    ...base,
    name: "shop",
    payload: z.object({ item: z.string(), count: z.number().default(1) }),
    resolve: (payload) => ({ sku: `sku-${payload.item}` }),
    async run(ctx) {
      ctx.progress(0);
      const order = await ctx.step("buy", () => ({ no: ++world.bought, sku: ctx.refs.sku }));
      ctx.log(`bought ${order.sku}`);
      const parcel = await ctx.step("ship", async () => `parcel-${(world.shipped += 1)}`);
      await ctx.artifact("label.txt", { body: parcel, mediaType: "text/plain" });
      ctx.progress({ done: 2, total: 2, note: "shipped" });
      return { parcel };
    },
  });
}

describe("runJob", () => {
  test("records what a run did", async () => {
    const now = new Date("2026-03-01T12:00:00Z");
    const run = await runJob(shop({ bought: 0, shipped: 0 }), { payload: { item: "tea" }, now });
    expect(run.result).toEqual({ outcome: "succeeded", result: { parcel: "parcel-1" } });
    expectTypeOf(run.refs).toEqualTypeOf<{ sku: string } | null>();
    expect(run.refs).toEqual({ sku: "sku-tea" });
    expect(run.steps).toEqual([
      { name: "buy", reused: false, result: { no: 1, sku: "sku-tea" }, at: now },
      { name: "ship", reused: false, result: "parcel-1", at: now },
    ]);
    expect(run.logText).toBe("bought sku-tea\n");
    expect(run.progress).toEqual([0, { done: 2, total: 2, note: "shipped" }]);
    expect(run.artifacts).toMatchObject([{ name: "label.txt", bytes: 8, body: Buffer.from("parcel-1") }]);
  });

  test("a crash ends the run as lost; the next one reuses the kept steps", async () => {
    const world = { bought: 0, shipped: 0 };
    const first = await runJob(shop(world), { payload: { item: "tea" }, crashAfter: "buy" });
    expect(first).toMatchObject({
      result: { outcome: "lost" },
      crashed: { step: "buy", when: "after" },
      artifacts: [],
    });
    expect(first.logText).toBe("");
    const second = await first.resume();
    expect(second.steps.map(({ name, reused }) => ({ name, reused }))).toEqual([
      { name: "buy", reused: true },
      { name: "ship", reused: false },
    ]);
    expect(second.result).toMatchObject({ outcome: "succeeded" });
    expect(world).toEqual({ bought: 1, shipped: 1 });
  });

  test("a step whose result was not kept runs again", async () => {
    const world = { bought: 0, shipped: 0 };
    const first = await runJob(shop(world), { payload: { item: "tea" }, crashDuring: "buy" });
    expect(first.kept).toEqual({});
    await first.resume();
    expect(world.bought).toBe(2);
  });

  test("nothing that a dead process still does is recorded, also when the handler catches everything", async () => {
    const job = defineJob({
      ...base,
      name: "stubborn",
      payload: z.object({}),
      async run(ctx) {
        const parallel = ctx.step("other", () => 1);
        try {
          await ctx.step("dies", () => 2);
        } finally {
          ctx.log("finally");
        }
        await parallel;
      },
    });
    const run = await runJob(job, { payload: {}, crashBefore: "dies" });
    expect(run.result.outcome).toBe("lost");
    expect(run.logs).toEqual([]);
    expect(run.kept).toEqual({});
  });

  test("an abort ends the run for its cause", async () => {
    const payload = { item: "tea" };
    const canceled = await runJob(shop({ bought: 0, shipped: 0 }), {
      payload,
      abortBefore: { step: "ship", why: "canceled" },
    });
    expect(canceled.result).toEqual({ outcome: "canceled" });
    const stopped = await runJob(shop({ bought: 0, shipped: 0 }), {
      payload,
      signal: AbortSignal.abort(new RunAborted("stopped")),
    });
    expect(stopped.result).toEqual({ outcome: "stopped" });
    expect(stopped.steps).toEqual([]);
  });

  test("a payload or a reference that does not fit throws, as at admission", async () => {
    const world = { bought: 0, shipped: 0 };
    await expect(runJob(shop(world), { payload: { item: 5 } as never })).rejects.toThrow(BadInputError);
    const job = defineJob({
      ...base,
      name: "nowhere",
      payload: z.object({}),
      resolve: () => Promise.reject(new BadInputError("no such branch", { field: "ref" })),
      run: () => null,
    });
    await expect(runJob(job, { payload: {} })).rejects.toMatchObject({ field: "ref" });
  });

  test("misuse of ctx is a bug of the handler", async () => {
    const misuse = (run: Parameters<typeof defineJob>[0]["run"]) =>
      runJob(defineJob({ ...base, name: "misuse", payload: z.object({}), run }), { payload: {} });
    const bug = (message: RegExp) => ({ result: { errorClass: "bug", message: expect.stringMatching(message) } });
    expect(await misuse((ctx) => ctx.step("a", () => 1).then(() => ctx.step("a", () => 1)))).toMatchObject(
      bug(/twice/),
    );
    expect(await misuse((ctx) => ctx.step("", () => 1))).toMatchObject(bug(/1 to 200/));
    expect(await misuse((ctx) => ctx.step("date", () => new Date()))).toMatchObject(bug(/step date is a Date/));
    expect(await misuse((ctx) => ctx.progress(1.5))).toMatchObject(bug(/between 0 and 1/));
    const item = { subject: "x", kind: "http", ok: true, finding: "fine", lifetimeMs: 0 };
    expect(await misuse((ctx) => ctx.evidence([item]))).toMatchObject(bug(/lifetime/));
    const page = { kind: "page", subject: "https://x.test", reason: "bad_output", finding: "It is empty." } as const;
    expect(await misuse((ctx) => ctx.quarantine({ ...page, subject: " " }))).toMatchObject(bug(/1 to 500/));
    expect(await misuse((ctx) => ctx.quarantine({ ...page, finding: "" }))).toMatchObject(bug(/needs a finding/));
    expect(await misuse((ctx) => ctx.quarantine({ ...page, kind: "job" as never }))).toMatchObject(bug(/a job/));
    const twice = { body: "x", mediaType: "text/plain" };
    expect(await misuse((ctx) => ctx.artifact("a", twice).then(() => ctx.artifact("a", twice)))).toMatchObject(
      bug(/twice/),
    );
  });

  test("keeps artifacts from files, evidence with its end, and a wish for the next try", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdpoint-sdk-"));
    try {
      await writeFile(join(folder, "page.html"), "<p>hi");
      const job = defineJob({
        ...base,
        name: "collect",
        payload: z.object({}),
        async run(ctx) {
          await ctx.artifact("page.html", { path: join(folder, "page.html"), mediaType: "text/html" });
          await ctx.evidence([{ subject: "page", kind: "http", ok: true, finding: "up", lifetimeMs: 60_000 }]);
          const page = { kind: "page", subject: "https://x.test", reason: "bad_output" } as const;
          await ctx.quarantine({ ...page, finding: "It is empty." });
          expect(await ctx.quarantine({ ...page, finding: "Still." })).toMatchObject({ opened: false });
          throw new RetryAfter(5000);
        },
      });
      const run = await runJob(job, { payload: {}, now: () => new Date(1000) });
      expect(run.artifacts).toMatchObject([{ name: "page.html", bytes: 5 }]);
      expect(run.evidence).toMatchObject([{ seenAt: new Date(1000), staleAt: new Date(61_000) }]);
      expect(run.quarantined).toMatchObject([{ subject: "https://x.test", finding: "It is empty.", evidence: {} }]);
      expect(run.result).toMatchObject({ outcome: "failed", retry: { ms: 5000 } });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("everyCrashPoint", () => {
  test("passes a handler whose effects sit in steps, and counts the calls", async () => {
    const reports = await everyCrashPoint(
      defineJob({
        ...base,
        name: "sum",
        payload: z.object({ n: z.number() }),
        async run(ctx) {
          const twice = await ctx.step("twice", () => ctx.payload.n * 2);
          return ctx.step("square", () => twice * twice);
        },
      }),
      { payload: { n: 3 } },
    );
    expect(reports).toHaveLength(6);
    expect(reports.map(({ step, when, calls }) => `${when} ${step}: ${calls["twice"]}, ${calls["square"]}`)).toEqual([
      "before twice: 1, 1",
      "during twice: 2, 1",
      "after twice: 1, 1",
      "before square: 1, 1",
      "during square: 1, 2",
      "after square: 1, 1",
    ]);
  });

  test("catches a handler whose end depends on something that no step kept", async () => {
    const world = { started: 0 };
    const job = defineJob({
      ...base,
      name: "leaky",
      payload: z.object({}),
      async run(ctx) {
        world.started += 1;
        await ctx.step("work", () => "done");
        return { started: world.started };
      },
    });
    const fresh = () => {
      world.started = 0;
      return { payload: {} };
    };
    await expect(everyCrashPoint(job, fresh)).rejects.toThrow(/Not the same result after a crash before step work/);
  });

  test("hands the handler what the approver filled in", async () => {
    const job = defineJob({
      ...base,
      name: "asked",
      payload: z.object({}),
      form: [{ name: "reach", type: "number", min: 1, max: 10 }],
      run: async (ctx) => ({ reach: (await ctx.form())["reach"] ?? null }),
    });
    expect(job.form).toEqual([{ name: "reach", type: "number", min: 1, max: 10, whole: false, required: true }]);
    expect(await runJob(job, { payload: {}, form: { reach: 3 } })).toMatchObject({ result: { result: { reach: 3 } } });
    expect(await runJob(job, { payload: {} })).toMatchObject({ result: { result: { reach: null } } });
  });

  test("catches a handler that takes another way the second time", async () => {
    let turn = 0;
    const job = defineJob({
      ...base,
      name: "fickle",
      payload: z.object({}),
      run: (ctx) => ctx.step(`turn-${(turn += 1)}`, () => 1),
    });
    await expect(everyCrashPoint(job, { payload: {} })).rejects.toThrow(/was not reached the second time/);
  });
});
