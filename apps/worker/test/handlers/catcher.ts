import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Catches everything, its own abort included, and claims success. */
export default defineJob({
  name: "catcher",
  version: 1,
  payload: z.object({}),
  size: "small",
  timeoutMs: 120_000,
  async run(ctx) {
    try {
      await sleep(60_000, undefined, { signal: ctx.signal });
    } catch {
      // That is the point of it.
    }
    return "all is well";
  },
});
