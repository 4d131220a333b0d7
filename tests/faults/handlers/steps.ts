import { setTimeout as after } from "node:timers/promises";
import { defineJob, z } from "@holdpoint/sdk";

/** Three steps with real time between them: what kills, freezes and cuts fall into. */
export default defineJob({
  name: "fault_steps",
  version: 1,
  payload: z.object({ pauseMs: z.int().min(0).max(5000) }),
  size: "small",
  timeoutMs: 60_000,
  run: async ({ payload, step, log, signal }) => {
    for (const name of ["fetch", "work", "store"]) {
      await step(name, async () => {
        await after(payload.pauseMs, undefined, { signal });
        log(`${name} done`);
        return name;
      });
    }
  },
});
