import { defineJob, RetryAfter, TransientError, z } from "@holdpoint/sdk";

/** Calls the harness's outside API, and names it when it says no or nothing. */
export default defineJob({
  name: "fault_caller",
  version: 1,
  payload: z.object({ url: z.url() }),
  size: "small",
  timeoutMs: 30_000,
  providers: ["mapmaker"],
  run: async ({ payload, job, signal }) => {
    const response = await fetch(`${payload.url}?job=${job.id}`, { signal });
    if (response.status === 429) {
      const ms = Number(response.headers.get("retry-after")) * 1_000;
      throw new RetryAfter(ms, "too many calls", { provider: "mapmaker" });
    }
    if (response.status >= 500) throw new TransientError(`it answered ${response.status}`, { provider: "mapmaker" });
  },
});
