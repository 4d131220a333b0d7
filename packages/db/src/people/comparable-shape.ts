import { z } from "zod";
import { amount } from "./amount.ts";
import { maybeInstant } from "./instant.ts";

/** What of a job can be compared with another: the input of compareJobs() of packages/policy. */
export const comparable = z.object({
  id: z.string(),
  type: z.string(),
  type_version: z.number(),
  venture: z.string(),
  state: z.string(),
  payload: z.unknown(),
  refs: z.unknown(),
  size: z.string(),
  tier: z.string().nullable(),
  rule: z.string().nullable(),
  policy_version: z.number().nullable(),
  ceiling_microusd: amount,
  cost_microusd: amount,
  run_no: z.number(),
  retries_used: z.number(),
  losses: z.number(),
  code_hash: z.string().nullable(),
  worker: z.string().nullable(),
  worker_version: z.string().nullable(),
  host: z.string().nullable(),
  isolation: z.string().nullable(),
  started_at: maybeInstant,
  run_ended_at: maybeInstant,
  ended_at: maybeInstant,
  outcome: z.string().nullable(),
  error_class: z.string().nullable(),
  error_message: z.string().nullable(),
  result_sha256: z.string().nullable(),
  steps: z.array(z.object({ name: z.string(), run_no: z.number(), ms: z.number(), result_sha256: z.string() })),
  effects: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      outcome: z.string(),
      dry_run: z.boolean(),
      tries: z.number(),
      cost_microusd: amount.nullable(),
    }),
  ),
});
export type Comparable = z.output<typeof comparable>;
