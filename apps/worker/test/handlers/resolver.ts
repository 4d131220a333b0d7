import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { BadInputError, defineJob, TransientError } from "@holdpoint/sdk";

/** Resolves a reference, slowly or not at all. */
export default defineJob({
  name: "resolver",
  version: 1,
  payload: z.object({ ref: z.string(), ms: z.number().default(0) }),
  size: "small",
  timeoutMs: 60_000,
  async resolve(payload, { signal }) {
    await sleep(payload.ms, undefined, { signal });
    if (payload.ref === "missing") throw new BadInputError("there is no such ref", { field: "payload.ref" });
    if (payload.ref === "down") throw new TransientError("the server does not answer");
    return { commit: `commit-of-${payload.ref}` };
  },
  run: ({ refs }) => refs,
});
