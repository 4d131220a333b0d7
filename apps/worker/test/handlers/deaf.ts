import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Never looks at its signal. */
export default defineJob({
  name: "deaf",
  version: 1,
  payload: z.object({}),
  size: "small",
  timeoutMs: 120_000,
  run: () => sleep(120_000),
});
