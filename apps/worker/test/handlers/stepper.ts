import { z } from "zod";
import { defineJob, TransientError } from "@holdpoint/sdk";

/** Fails after its first step in the first run; the second run must not do the step again. */
export default defineJob({
  name: "stepper",
  version: 1,
  payload: z.object({}),
  size: "small",
  timeoutMs: 60_000,
  async run({ job, step }) {
    const first = await step("first", () => ({ madeInRun: job.runNo }));
    if (job.runNo === 1) throw new TransientError("between the steps");
    const second = await step("second", () => job.runNo);
    return { first, second };
  },
});
