import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Parks while a step of its first run is still open: that run asks, and is not settled for seconds. */
export default defineJob({
  name: "late_parker",
  version: 1,
  payload: z.object({ on: z.enum(["time", "signal", "person"]) }),
  size: "small",
  timeoutMs: 60_000,
  async run(ctx) {
    const { runNo } = ctx.job;
    const slow = ctx.step("slow", async () => {
      if (runNo === 1) await delay(60_000);
      return runNo;
    });
    const [made, told] = await Promise.all([slow, parkOn()]);
    return { made, told };

    async function parkOn(): Promise<unknown> {
      switch (ctx.payload.on) {
        case "time":
          return ctx.sleep(50);
        case "signal":
          return (await ctx.waitFor("go", { timeout: "1h" }))?.data;
        case "person":
          return (await ctx.approval({ title: "Go on?" })).by.length;
      }
    }
  },
});
