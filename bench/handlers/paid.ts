/** As noop, but paid: its ceiling is set aside by the gate under the caps, and half of it is spent. */
import { defineJob, z } from "@holdpoint/sdk";
import { ran } from "./noop.ts";

export default defineJob({
  name: "paid",
  version: 1,
  description: "Does nothing and costs money, for benchmarks.",
  payload: z.object({ n: z.number() }),
  size: "small",
  estimateMicrousd: 500,
  ceilingMicrousd: 1_000,
  timeoutMs: 60_000,
  run({ spent }) {
    spent(500);
    ran();
  },
});
