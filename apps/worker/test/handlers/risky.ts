import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Needs a person. */
export default defineJob({
  name: "risky",
  version: 1,
  payload: z.object({ what: z.string() }),
  size: "medium",
  timeoutMs: 60_000,
  approval: true,
  run: () => "done",
});
