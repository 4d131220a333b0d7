import { defineJob, RetryAfter, TransientError, z } from "@holdpoint/sdk";

/** Fails as often as it is told, each time in the way a service that is down for a moment does. */
export default defineJob({
  name: "fault_flaky",
  version: 1,
  payload: z.object({ failures: z.int().min(0).max(3), waitMs: z.int().min(0) }),
  size: "small",
  timeoutMs: 30_000,
  run: async ({ payload, job }) => {
    if (job.runNo > payload.failures) return;
    if (job.runNo % 2 === 1) throw new RetryAfter(payload.waitMs);
    throw new TransientError("the service did not answer");
  },
});
