import { defineJob, z } from "@holdpoint/sdk";

/** Sleeps, waits for two signals, and asks: what it was told is kept in steps. */
export default defineJob({
  name: "fault_waits",
  version: 1,
  payload: z.object({ sleepMs: z.int().min(0).max(5000) }),
  size: "small",
  timeoutMs: 60_000,
  run: async (ctx) => {
    await ctx.sleep(ctx.payload.sleepMs);
    for (const n of [1, 2]) {
      const signal = await ctx.waitFor("go", { timeout: 3_000 });
      await ctx.step(`told ${n}`, () => signal?.id ?? null);
    }
    await ctx.approval({ title: "Go on?", expires: "1h", otherwise: ctx.payload.sleepMs % 2 === 0 ? "end" : "throw" });
    await ctx.step("after the approval", () => true);
  },
});
