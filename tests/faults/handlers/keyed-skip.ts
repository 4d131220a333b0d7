import { setTimeout as after } from "node:timers/promises";
import { defineJob, z } from "@holdpoint/sdk";

/** What comes while one of its key runs is left out. */
export default defineJob({
  name: "fault_keyed_skip",
  version: 1,
  payload: z.object({ key: z.string(), pauseMs: z.int().min(0).max(5000) }),
  size: "small",
  timeoutMs: 30_000,
  concurrency: { key: "{key}", strategy: "skip" },
  run: async ({ payload, signal }) => {
    await after(payload.pauseMs, undefined, { signal });
  },
});
