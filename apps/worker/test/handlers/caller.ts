import { z } from "zod";
import { defineJob, RetryAfter, TransientError } from "@holdpoint/sdk";

/** Calls an outside provider and tells the fleet what the provider said, in the words that docs/limits.md gives. */
export default defineJob({
  name: "caller",
  version: 1,
  payload: z.object({ url: z.url() }),
  size: "small",
  timeoutMs: 60_000,
  providers: ["mapmaker"],
  async run({ payload, job, signal }) {
    const response = await fetch(`${payload.url}?job=${job.id}`, { signal });
    if (response.status === 429) {
      const seconds = Number(response.headers.get("retry-after"));
      throw new RetryAfter(seconds * 1_000, "too many calls", { provider: "mapmaker" });
    }
    if (response.status >= 500) throw new TransientError(`it answered ${response.status}`, { provider: "mapmaker" });
    return { status: response.status };
  },
});
