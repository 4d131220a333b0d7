import { idempotencyKeySchema, jobIdSchema, reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  job: jobIdSchema,
  payload: z.record(z.string(), z.unknown()),
  reason: reasonSchema,
  key: idempotencyKeySchema.optional(),
});
const answer = z.object({ id: z.string(), of: z.string(), repeated: z.boolean() });
export type Resubmitted = z.output<typeof answer>;

/** A new job with another payload in place of a failed one, which is discarded with it. */
export function resubmitJob(client: PeopleClient, request: z.input<typeof input>): Promise<Resubmitted> {
  const { job, ...rest } = parseInput(input, request);
  return callRpc(client, "resubmit_job", { p_job: job, p_request: rest }, answer);
}
