/** What waits for a person, previews and answers; signals and standing approvals. */
import { approvalRequirementSchema } from "@holdpoint/policy";
import { z } from "zod";
import { at, maybeAt } from "./times.ts";
import { jobFields } from "./jobs.ts";

export const decidedDocument = z.strictObject({
  job_id: z.uuid(),
  decision_id: z.uuid(),
  state: jobFields.state,
  run_at: maybeAt,
  undo_until: maybeAt,
  missing: z.string().nullable(),
});
export const commentDocument = z.strictObject({ id: z.uuid(), job_id: z.uuid(), by: z.string(), text: z.string(), at });
export const measuresDocument = z.strictObject({
  days: z.int(),
  cut: z.boolean(),
  items: z.array(
    z.strictObject({
      venture: z.string(),
      type: z.string(),
      decided: z.int(),
      approved: z.int(),
      approve_rate: z.number().min(0).max(1),
      median_ms: z.int(),
      p90_ms: z.int(),
      under_10s: z.int(),
      people: z.int(),
    }),
  ),
});
export const waitingDocument = z.strictObject({
  id: z.uuid(),
  type: z.string(),
  type_version: z.int(),
  venture: z.string(),
  state: z.enum(["held", "dead", "quarantined"]),
  held_for: jobFields.held_for,
  held_until: maybeAt,
  reason: z.string().nullable(),
  rule: z.string().nullable(),
  urgent: z.boolean(),
  run_no: z.int(),
  estimate_microusd: z.int(),
  ceiling_microusd: z.int(),
  submitted_by: jobFields.submitted_by,
  created_at: at,
  updated_at: at,
});
export const planDocument = z.strictObject({
  decision: z.enum(["queued", "held", "refused"]),
  rule: z.string().nullable(),
  policy_version: z.int().nullable(),
  reason: z.string().nullable(),
  field: z.string().nullable(),
  reasons: z.array(z.string()),
  tier: z.string().nullable(),
  queue: z.string().nullable(),
  needs_approval: z.boolean(),
  approval: approvalRequirementSchema.nullable(),
  ceiling_microusd: z.int(),
  plan: z.unknown().optional(),
  plan_hash: z.string().nullable(),
  binds: z.literal(false),
});
export const sentDocument = z.strictObject({
  job_id: z.uuid(),
  id: z.string(),
  no: z.int(),
  name: z.string(),
  repeated: z.boolean(),
  woke: z.boolean(),
  state: z.string(),
});

export const standingDocument = z.strictObject({
  id: z.uuid(),
  venture: z.string(),
  type: z.string(),
  type_version: z.int(),
  schedule: z.string().nullable(),
  plan_hash: z.string(),
  plan: z.string(),
  until: at,
  max_uses: z.int().nullable(),
  uses: z.int(),
  budget_microusd: z.int(),
  committed_microusd: z.int(),
  reason: z.string(),
  made_by: z.string(),
  made_at: at,
  signed_by: z.array(z.string()),
  missing: z.int(),
  typed: z.string().nullable(),
  ended_at: maybeAt,
  ended_by: z.string().nullable(),
  ended_reason: z.string().nullable(),
  state: z.enum(["stands", "unsigned", "used_up", "over", "void", "ended"]),
});
