import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { amount } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import { microusd } from "./cap-shape.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  job: z.guid("must be the job's id"),
  effect: z.string(),
  happened: z.boolean(),
  /** What it cost; its max unless given. */
  cost_microusd: microusd.nullable().default(null),
  reason: reasonSchema,
});
const answer = z.object({ job_id: z.string(), effect: z.string(), happened: z.boolean(), cost_microusd: amount });
export type CorrectedAuthorisation = z.output<typeof answer>;

/** An admin says how an effect ended whose run never told: it happened, or it did not and its money is returned. */
export function correctAuthorisation(
  client: PeopleClient,
  request: z.input<typeof input>,
): Promise<CorrectedAuthorisation> {
  const { job, effect, happened, cost_microusd, reason } = parseInput(input, request);
  const args = { p_job: job, p_effect: effect, p_happened: happened, p_reason: reason, p_cost: cost_microusd };
  return callRpc(client, "correct_authorisation", args, answer);
}
