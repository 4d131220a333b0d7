import { defineJob } from "@holdpoint/sdk";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";

/** Says its lines one by one, so that a page can be watched hearing them. */
export default defineJob({
  name: "talk",
  version: 1,
  description: "Says a few lines, slowly.",
  payload: z.object({ lines: z.int().min(1).max(50), everyMs: z.int().min(1).max(1_000) }),
  size: "small",
  timeoutMs: 60_000,
  async run(ctx) {
    for (let line = 1; line <= ctx.payload.lines; line++) {
      ctx.log(`line ${line}\n`);
      ctx.progress({ done: line, total: ctx.payload.lines });
      await delay(ctx.payload.everyMs, undefined, { signal: ctx.signal });
    }
    return { said: ctx.payload.lines };
  },
});
