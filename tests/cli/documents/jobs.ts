/** Jobs, with all that stands about one. */
import { approvalRequirementSchema, formSchema } from "@holdpoint/policy";
import { z } from "zod";
import { at, maybeAt } from "./times.ts";

export const jobFields = {
  id: z.uuid(),
  type: z.string(),
  type_version: z.int(),
  venture: z.string(),
  state: z.enum([
    "submitted",
    "queued",
    "held",
    "running",
    "succeeded",
    "dead",
    "quarantined",
    "canceled",
    "refused",
    "rejected",
    "expired",
    "discarded",
  ]),
  blocked_by: z
    .string()
    .regex(/^[a-z_]+:[a-z]+(:.+)?$/)
    .nullable(),
  reason: z.string().nullable(),
  rule: z.string().nullable(),
  policy_version: z.int().nullable(),
  queue: z.enum(["job", "priority", "scheduled", "report"]),
  urgent: z.boolean(),
  size: z.enum(["small", "medium", "large"]),
  tier: z.enum(["small", "medium", "large", "approval_required"]).nullable(),
  needs_approval: z.boolean(),
  approval: approvalRequirementSchema.nullable(),
  held_for: z.enum(["approval", "retry", "park"]).nullable(),
  held_until: maybeAt,
  decided_from: z.string().nullable(),
  plan_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  plan_no: z.int(),
  refs: z.unknown(),
  estimate_microusd: z.int(),
  ceiling_microusd: z.int(),
  cost_microusd: z.int(),
  run_no: z.int(),
  retries_used: z.int(),
  losses: z.int(),
  idempotency_key: z.string().nullable(),
  submitted_by: z.strictObject({ kind: z.string(), id: z.string() }),
  cancel_requested_at: maybeAt,
  run_at: at,
  waits_for: z.string().nullable(),
  start_by: maybeAt,
  end_by: maybeAt,
  created_at: at,
  updated_at: at,
  ended_at: maybeAt,
};

export const jobDocument = z.strictObject(jobFields);
const payloadAndResult = { payload: z.unknown(), result: z.unknown() };
export const submitDocument = z.strictObject({ ...jobFields, ...payloadAndResult, repeated: z.boolean() });

const run = z.strictObject({
  run_no: z.int(),
  worker_id: z.uuid(),
  worker: z.string().nullable(),
  token: z.string(),
  started_at: at,
  lease_until: at,
  heartbeat_at: at,
  progress: z.unknown(),
  ended_at: maybeAt,
  outcome: z.enum(["succeeded", "failed", "canceled", "stopped", "lost", "parked"]).nullable(),
  cause: z.string().nullable(),
  error_class: z.string().nullable(),
  error_message: z.string().nullable(),
  cost_microusd: z.int(),
  log_bytes: z.int(),
  log_sha256: z.string().nullable(),
});
const plan = z.strictObject({
  plan_no: z.int(),
  hash: z.string(),
  body: z.string(),
  facts: z.unknown(),
  created_at: at,
});
const decision = z.strictObject({
  id: z.uuid(),
  verb: z.enum(["approve", "reject", "release", "discard", "undo"]),
  by: z.string(),
  reason: z.string().nullable(),
  at,
  plan_hash: z.string().nullable(),
  undoes: z.uuid().nullable(),
});
const incident = z.strictObject({
  id: z.uuid(),
  subject_kind: z.enum(["job", "artifact", "page", "payload", "webhook"]),
  subject: z.string(),
  job_id: z.uuid().nullable(),
  run_no: z.int().nullable(),
  venture: z.string(),
  state: z.enum(["dead", "quarantined"]),
  reason: z.string(),
  severity: z.enum(["low", "medium", "high", "critical"]),
  error_class: z.string().nullable(),
  finding: z.string(),
  recommended: z.string(),
  evidence: z.record(z.string(), z.unknown()),
  opened_by_kind: z.string(),
  opened_by_id: z.string(),
  created_at: at,
  resolved_at: maybeAt,
  resolution: z.string().nullable(),
  resolved_by: z.string().nullable(),
  decision_id: z.uuid().nullable(),
});
const link = z.strictObject({
  job_id: z.uuid(),
  of_job: z.uuid(),
  kind: z.enum(["edit", "replay"]),
  from_step: z.string().nullable(),
  dry_run: z.boolean(),
  payload_edited: z.boolean(),
  by: z.string(),
  at,
});
const artifact = z.strictObject({
  id: z.uuid(),
  run_no: z.int(),
  name: z.string(),
  media_type: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  facts: z.unknown(),
  created_at: at,
});
const evidence = z.strictObject({
  id: z.uuid(),
  venture: z.string(),
  subject: z.string(),
  kind: z.string(),
  ok: z.boolean(),
  finding: z.string(),
  facts: z.unknown(),
  source: z.string(),
  job_id: z.uuid().nullable(),
  run_no: z.int().nullable(),
  seen_at: at,
  stale_at: at,
});
export const block = z.strictObject({
  id: z.uuid(),
  scope: z.string(),
  key: z.string(),
  kind: z.string(),
  reason: z.string(),
  since: at,
  wake_at: maybeAt,
  by_id: z.string(),
});

export const jobDetailDocument = z.strictObject({
  ...jobFields,
  ...payloadAndResult,
  now: at,
  runs: z.array(run),
  steps: z.array(z.strictObject({ name: z.string(), run_no: z.int(), started_at: at, ended_at: at })),
  decisions: z.array(decision),
  plan: plan.nullable(),
  wait: z
    .strictObject({
      call: z.string(),
      version: z.int(),
      kind: z.enum(["approval", "sleep", "signal"]),
      name: z.string(),
      until: at,
      asked_at: at,
      hash: z.string().nullable(),
      request: z
        .strictObject({ title: z.string(), summary: z.string(), otherwise: z.enum(["end", "throw"]) })
        .nullable(),
    })
    .nullable(),
  signals: z.array(
    z.strictObject({
      id: z.string(),
      no: z.int(),
      name: z.string(),
      data: z.unknown(),
      by: z.string(),
      at,
      taken_by: z.string().nullable(),
      taken_at: maybeAt,
    }),
  ),
  comments: z.array(z.strictObject({ id: z.uuid(), by: z.string(), text: z.string(), at })),
  incidents: z.array(incident),
  links: z.array(link),
  artifacts: z.array(artifact),
  evidence: z.array(evidence),
  blocks: z.array(block),
  undo_until: maybeAt,
  approval_status: z
    .strictObject({
      requirement: approvalRequirementSchema,
      form: formSchema,
      given: z.array(
        z.strictObject({ decision_id: z.uuid(), by: z.string(), at, fault: z.string().nullable(), form: z.unknown() }),
      ),
      missing: z.int(),
      who: z.string(),
      you: z.string().nullable(),
      details_first: z.boolean(),
    })
    .nullable(),
  last_approved: z.strictObject({ job_id: z.uuid(), at, by: z.string(), plan: z.string().nullable() }).nullable(),
});

export const jobsDocument = z.strictObject({
  items: z.array(jobDocument),
  next: z.uuid().nullable(),
  cut: z.boolean(),
});

export const eventDocument = z.strictObject({
  seq: z.int(),
  type: z.string(),
  venture: z.string(),
  at,
  actor: z.strictObject({ kind: z.string(), id: z.string() }),
  run: z.int().nullable(),
  data: z.unknown(),
});
export const logDocument = z.strictObject({
  run_no: z.int(),
  chunk_no: z.int(),
  at,
  stream: z.enum(["log", "stdout", "stderr", "cut"]),
  text: z.string(),
});
export const canceledDocument = z.strictObject({
  id: z.uuid(),
  state: jobFields.state,
  cancel_requested: z.boolean(),
});
