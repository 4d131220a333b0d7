import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** May take 300 ms and takes longer. */
export default defineJob({
  name: "hasty",
  version: 1,
  payload: z.object({}),
  size: "small",
  timeoutMs: 300,
  run: ({ signal }) => sleep(60_000, undefined, { signal }),
});
