import { defineJob, z } from "@holdpoint/sdk";

/** Succeeds at once. */
export default defineJob({
  name: "fault_quick",
  version: 1,
  payload: z.object({}),
  size: "small",
  timeoutMs: 30_000,
  run: async () => undefined,
});
