import { setTimeout as after } from "node:timers/promises";
import { defineJob, z } from "@holdpoint/sdk";

/** Of those of a key that wait only the newest does. */
export default defineJob({
  name: "fault_keyed_newest",
  version: 1,
  payload: z.object({ key: z.string(), pauseMs: z.int().min(0).max(5000) }),
  size: "small",
  timeoutMs: 30_000,
  concurrency: { key: "{key}", strategy: "newest_waiting" },
  run: async ({ payload, signal }) => {
    await after(payload.pauseMs, undefined, { signal });
  },
});
