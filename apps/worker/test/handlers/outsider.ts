import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Declares that it does something outside, and sleeps until its signal. */
export default defineJob({
  name: "outsider",
  version: 1,
  payload: z.object({ ms: z.number().default(60_000) }),
  size: "small",
  timeoutMs: 120_000,
  effectKinds: ["other"],
  run: ({ payload, signal }) => sleep(payload.ms, "done", { signal }),
});
