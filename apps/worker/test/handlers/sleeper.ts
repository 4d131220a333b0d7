import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Sleeps, and wakes up for its signal. */
export default defineJob({
  name: "sleeper",
  version: 1,
  payload: z.object({ ms: z.number().default(60_000) }),
  size: "small",
  timeoutMs: 120_000,
  async run({ payload, signal, job }) {
    await sleep(payload.ms, undefined, { signal });
    return { slept: payload.ms, runNo: job.runNo };
  },
});
