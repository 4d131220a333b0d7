import { z } from "zod";
import { defineJob, TransientError, UnsafeError } from "@holdpoint/sdk";

/** Leaves an artifact behind and then fails for good. */
export default defineJob({
  name: "messy",
  version: 1,
  payload: z.object({ unsafe: z.boolean() }),
  size: "small",
  timeoutMs: 60_000,
  async run({ artifact, payload }) {
    await artifact("leftover.txt", { body: "do not open", mediaType: "text/plain" });
    throw payload.unsafe ? new UnsafeError("it wrote a secret") : new TransientError("again and again");
  },
});
