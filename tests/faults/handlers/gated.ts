import { defineJob, z } from "@holdpoint/sdk";

/** Waits for a person first. */
export default defineJob({
  name: "fault_gated",
  version: 1,
  payload: z.object({}),
  size: "small",
  approval: true,
  timeoutMs: 30_000,
  run: async ({ step }) => {
    await step("only", async () => "done");
  },
});
