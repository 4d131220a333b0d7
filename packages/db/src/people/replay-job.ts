import { idempotencyKeySchema, jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  job: jobIdSchema,
  payload: z.record(z.string(), z.unknown()).optional(),
  /** Results of the steps before this one are taken over. */
  from_step: z.string().min(1).max(200).optional(),
  /** No effect is called and no money set aside. */
  dry_run: z.boolean().optional(),
  key: idempotencyKeySchema.optional(),
});
const answer = z.object({
  id: z.string(),
  of: z.string(),
  dry_run: z.boolean(),
  from_step: z.string().nullable(),
  steps: z.number(),
});
export type Replayed = z.output<typeof answer>;

/** A new job from one in any state, which stays as it is. */
export function replayJob(client: PeopleClient, request: z.input<typeof input>): Promise<Replayed> {
  const { job, ...rest } = parseInput(input, request);
  return callRpc(client, "replay_job", { p_job: job, p_request: rest }, answer);
}
