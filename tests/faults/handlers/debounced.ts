import { defineJob, z } from "@holdpoint/sdk";

/** Keeps which trigger's payload it ran with. */
export default defineJob({
  name: "fault_debounced",
  version: 1,
  payload: z.object({ key: z.string(), n: z.int() }),
  size: "small",
  timeoutMs: 30_000,
  run: async ({ payload, step }) => {
    await step("ran with", () => payload.n);
  },
});
