import { jobIdSchema, reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import { microusd } from "./cap-shape.ts";
import type { PeopleClient } from "./client.ts";
import { standing, type Standing } from "./standing-shape.ts";

const input = z.strictObject({
  /** A job that is, or was, held for its approval: its plan is what is approved. */
  job: jobIdSchema,
  plan_hash: z.string(),
  until: z.iso.datetime({ offset: true }),
  reason: reasonSchema,
  max_uses: z.int().min(1).optional(),
  budget_microusd: microusd.optional(),
  only_schedule: z.boolean().optional(),
  typed: z.string().max(200).optional(),
  form: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  seen: z.string().optional(),
});
export type StandingRequest = z.input<typeof input>;

/** Approves exactly the plan of a job for jobs to come. Throws conflict when the plan is another one by now. */
export function addStanding(client: PeopleClient, request: StandingRequest): Promise<Standing> {
  const { job, ...asked } = parseInput(input, request);
  return callRpc(client, "add_standing", { p_job: job, p_request: asked }, standing);
}
