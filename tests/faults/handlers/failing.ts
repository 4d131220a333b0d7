import { BadInputError, BudgetError, BugError, defineJob, TransientError, Unsafe, z } from "@holdpoint/sdk";

/** Fails for good in the way it is told, so that each class has its dead and quarantined jobs. */
export default defineJob({
  name: "fault_failing",
  version: 1,
  payload: z.object({ how: z.enum(["bad_input", "unsafe", "budget", "bug", "transient", "not"]) }),
  size: "small",
  timeoutMs: 30_000,
  run: async ({ payload, step }) => {
    await step("look", async () => payload.how);
    switch (payload.how) {
      case "not":
        return;
      case "bad_input":
        throw new BadInputError("no such branch");
      case "unsafe":
        throw new Unsafe({ reason: "secret_found", finding: "a key stands there", evidence: { line: 3 } });
      case "budget":
        throw new BudgetError("it would cost too much");
      case "bug":
        throw new BugError("undefined is not a function");
      case "transient":
        throw new TransientError("the service did not answer");
    }
  },
});
