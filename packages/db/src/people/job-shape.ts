import { JOB_STATES } from "@holdpoint/policy";
import { z } from "zod";
import { amount, hexHash } from "./amount.ts";
import { instant, maybeInstant } from "./instant.ts";

/** A job as people see it. `blocked_by` is null or `<kind>:<scope>[:key]`, e.g. `stop:everything`. */
export const job = z.object({
  id: z.string(),
  type: z.string(),
  type_version: z.number(),
  venture: z.string(),
  state: z.enum(JOB_STATES),
  blocked_by: z.string().nullable().default(null),
  reason: z.string().nullable().default(null),
  rule: z.string().nullable().default(null),
  queue: z.string(),
  urgent: z.boolean(),
  tier: z.string().nullable().default(null),
  size: z.string(),
  run_no: z.number(),
  retries_used: z.number().default(0),
  losses: z.number().default(0),
  needs_approval: z.boolean().default(false),
  held_for: z.string().nullable().default(null),
  held_until: maybeInstant,
  waits_for: z.string().nullable().default(null),
  estimate_microusd: amount.default(0),
  ceiling_microusd: amount.default(0),
  cost_microusd: amount.default(0),
  idempotency_key: z.string().nullable().default(null),
  plan_hash: hexHash.nullable().default(null),
  cancel_requested_at: maybeInstant,
  run_at: instant,
  start_by: maybeInstant,
  end_by: maybeInstant,
  created_at: instant,
  updated_at: instant,
  ended_at: maybeInstant,
  submitted_by_kind: z.string(),
  submitted_by_id: z.string(),
});
export type Job = z.output<typeof job>;
