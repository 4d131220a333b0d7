import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Kills the process it runs in, in its first runs; says where it ran when it lives. */
export default defineJob({
  name: "killer",
  version: 1,
  payload: z.object({ kills: z.number().default(1) }),
  size: "small",
  timeoutMs: 60_000,
  async run({ job, payload, step, quarantine }) {
    if (job.runNo <= payload.kills) process.kill(process.pid, "SIGKILL");
    const kept = await step("after", () => job.runNo);
    const { opened } = await quarantine({ kind: "payload", subject: job.id, reason: "reported", finding: "It kills." });
    return { alone: process.send !== undefined, kept, opened };
  },
});
