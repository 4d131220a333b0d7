import { z } from "zod";
import { BadInputError, defineJob, RetryAfter, TransientError, UnsafeError } from "@holdpoint/sdk";

/** Fails its first runs, in the way that the payload says. */
export default defineJob({
  name: "flaky",
  version: 1,
  payload: z.object({
    failures: z.number().default(1),
    how: z.enum(["transient", "bad_input", "unsafe", "bug", "later", "not_json"]).default("transient"),
  }),
  size: "small",
  timeoutMs: 60_000,
  run({ job, payload }) {
    if (job.runNo > payload.failures) return { runNo: job.runNo };
    switch (payload.how) {
      case "transient":
        throw new TransientError("not today");
      case "bad_input":
        throw new BadInputError("that will never work");
      case "unsafe":
        throw new UnsafeError("do not touch");
      case "later":
        throw new RetryAfter(50, "come back");
      case "not_json":
        return { at: new Map() };
      case "bug":
        throw new TypeError("x is undefined");
    }
  },
});
