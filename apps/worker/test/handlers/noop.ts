import { z } from "zod";
import { defineJob } from "@holdpoint/sdk";

/** Does nothing, quickly. */
export default defineJob({
  name: "noop",
  version: 1,
  payload: z.object({ n: z.number().default(0) }),
  size: "small",
  timeoutMs: 60_000,
  run: ({ payload }) => ({ n: payload.n }),
});
