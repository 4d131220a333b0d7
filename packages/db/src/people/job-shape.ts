import { approvalRequirementSchema, JOB_QUEUES, JOB_SIZES, JOB_STATES } from "@holdpoint/policy";
import { z } from "zod";
import { amount, hexHash } from "./amount.ts";
import { instant, maybeInstant } from "./instant.ts";

/** A job as people and scripts see it. `blocked_by` is null or `<kind>:<scope>[:key]`, e.g. `stop:everything`. */
export const job = z.object({
  id: z.string(),
  type: z.string(),
  type_version: z.number(),
  venture: z.string(),
  state: z.enum(JOB_STATES),
  blocked_by: z.string().nullable(),
  reason: z.string().nullable(),
  rule: z.string().nullable(),
  policy_version: z.number().nullable(),
  queue: z.enum(JOB_QUEUES),
  urgent: z.boolean(),
  size: z.enum(JOB_SIZES),
  tier: z.string().nullable(),
  needs_approval: z.boolean(),
  /** What an approval takes, as admission fixed it; null: no approval is needed. */
  approval: approvalRequirementSchema.nullable(),
  held_for: z.string().nullable(),
  held_until: maybeInstant,
  decided_from: z.string().nullable(),
  plan_hash: hexHash.nullable(),
  plan_no: z.number(),
  refs: z.unknown(),
  estimate_microusd: amount,
  ceiling_microusd: amount,
  cost_microusd: amount,
  run_no: z.number(),
  retries_used: z.number(),
  losses: z.number(),
  idempotency_key: z.string().nullable(),
  submitted_by: z.object({ kind: z.string(), id: z.string() }),
  cancel_requested_at: maybeInstant,
  run_at: instant,
  /** What a queued job waits for by itself: `sleep`, or `signal:` and its name. */
  waits_for: z.string().nullable(),
  start_by: maybeInstant,
  end_by: maybeInstant,
  created_at: instant,
  updated_at: instant,
  ended_at: maybeInstant,
});
export type Job = z.output<typeof job>;
