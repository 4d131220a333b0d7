/** The job that the stop benchmark runs: it does nothing until its signal fires, and says when it began and when that was. */
import { once } from "node:events";
import { defineJob, z } from "@holdpoint/sdk";

const now = (): number => performance.timeOrigin + performance.now();

export default defineJob({
  name: "hold",
  version: 1,
  description: "Waits for its signal, for benchmarks.",
  payload: z.object({ n: z.number() }),
  size: "small",
  timeoutMs: 300_000,
  async run({ signal }) {
    process.send?.({ kind: "holding" });
    if (!signal.aborted) await once(signal, "abort");
    process.send?.({ kind: "signalled", at: now() });
  },
});
