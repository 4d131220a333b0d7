import { setTimeout as after } from "node:timers/promises";
import { defineJob, z } from "@holdpoint/sdk";

/** A newer one of its key ends those before it. */
export default defineJob({
  name: "fault_keyed_cancel_old",
  version: 1,
  payload: z.object({ key: z.string(), pauseMs: z.int().min(0).max(5000) }),
  size: "small",
  timeoutMs: 30_000,
  concurrency: { key: "{key}", strategy: "cancel_old" },
  run: async ({ payload, signal }) => {
    await after(payload.pauseMs, undefined, { signal });
  },
});
