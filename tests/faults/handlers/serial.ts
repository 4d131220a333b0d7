import { setTimeout as after } from "node:timers/promises";
import { defineJob, z } from "@holdpoint/sdk";

/** One at a time of each key; the others wait for it. */
export default defineJob({
  name: "fault_serial",
  version: 1,
  payload: z.object({ key: z.string(), pauseMs: z.int().min(0).max(5000) }),
  size: "small",
  timeoutMs: 30_000,
  concurrency: { key: "{key}" },
  run: async ({ payload, signal }) => {
    await after(payload.pauseMs, undefined, { signal });
  },
});
