/** The documents of docs/job-json.md as strict schemas: a field more or less is a break that scripts would feel. */
import { approvalRequirementSchema, formSchema } from "@holdpoint/policy";
import { z } from "zod";

const at = z.iso.datetime();
const maybeAt = at.nullable();

const jobFields = {
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
const block = z.strictObject({
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

export const listOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() });
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
export const stopDocument = z.strictObject({
  id: z.uuid(),
  scope: z.string(),
  key: z.string(),
  reason: z.string(),
  since: at,
  effective_at: maybeAt,
  by: z.string(),
  phase: z.enum(["STOPPING", "STOPPED"]),
  open_count: z.int(),
  open_runs: z.array(
    z.strictObject({ job_id: z.uuid(), run_no: z.int(), worker: z.string().nullable(), lease_until: at }),
  ),
});
export const engagedDocument = stopDocument.extend({
  same: z.array(z.strictObject({ id: z.uuid(), by: z.string(), since: at, reason: z.string() })),
});
export const ventureDocument = z.strictObject({
  key: z.string(),
  id: z.uuid(),
  name: z.string(),
  url: z.string().nullable(),
  repository: z.string().nullable(),
  build_command: z.string().nullable(),
  trusted: z.boolean(),
  allow_private_addresses: z.boolean(),
  demo: z.boolean(),
  created_at: at,
});
const membership = z.strictObject({ venture: z.string(), role: z.enum(["viewer", "approver", "admin"]) });
export const identityDocument = z.strictObject({
  user_id: z.uuid(),
  email: z.string(),
  must_change: z.boolean(),
  now: at,
  memberships: z.array(membership),
});
export const operatorDocument = z.strictObject({
  user_id: z.uuid(),
  email: z.string(),
  active: z.boolean(),
  must_change: z.boolean(),
  created_at: at,
  memberships: z.array(membership),
});
export const checkDocument = z.strictObject({
  name: z.string(),
  status: z.enum(["pass", "warn", "fail", "skip"]),
  finding: z.string(),
  remedy: z.string().nullable(),
});
export const doctorDocument = z.strictObject({ ok: z.boolean(), items: z.array(checkDocument) });
export const statusDocument = z.strictObject({
  mode: z.enum(["DEMO", "LOCAL", "READINESS ONLY", "RUNNING", "DEGRADED", "PAUSED", "STOPPED"]),
  sentence: z.string(),
  now: at,
  url: z.string(),
  web_url: z.string().nullable(),
  counts: z.strictObject({
    submitted: z.int(),
    queued: z.int(),
    running: z.int(),
    held: z.int(),
    dead: z.int(),
    quarantined: z.int(),
  }),
  workers: z.array(
    z.strictObject({
      id: z.uuid(),
      name: z.string(),
      host: z.string(),
      lanes: z.array(z.string()),
      slots: z.int(),
      version: z.string(),
      label: z.enum(["LIVE", "FAILING", "STALE", "NOT VERIFIED", "NOT RUNNING", "PAUSED"]),
      standby: z.boolean(),
      draining: z.boolean(),
      killed_at: maybeAt,
      because: z.string(),
      isolation: z.string(),
      started_at: at,
      heartbeat_at: at,
    }),
  ),
  queues: z.array(
    z.strictObject({
      queue: z.string(),
      lane: z.string(),
      ready: z.int(),
      later: z.int(),
      running: z.int(),
      oldest_at: maybeAt,
      capped: z.boolean(),
    }),
  ),
  stops: z.array(stopDocument),
  blocks: z.array(block),
  waiting: z.array(waitingDocument),
});
export const errorDocument = z.strictObject({
  error: z.strictObject({
    code: z.enum([
      "invalid",
      "unauthenticated",
      "forbidden",
      "not_found",
      "conflict",
      "refused",
      "unavailable",
      "internal",
    ]),
    reason: z.string().regex(/^[a-z][a-z0-9_]*$/),
    message: z.string().min(1),
    field: z.string().optional(),
    remedy: z.string().optional(),
  }),
});

const verdict = z.enum(["queued", "held", "refused"]);
const simulatedTotal = {
  from: verdict,
  to: verdict,
  jobs: z.int(),
  ceiling_microusd: z.int(),
  cost_microusd: z.int(),
};
export const policySimulation = z.strictObject({
  since: at,
  seen: z.int(),
  active_version: z.int(),
  jobs: z.int(),
  changed: z.int(),
  changed_anyway: z.int(),
  totals: z.array(z.strictObject(simulatedTotal)),
  by_venture: z.array(z.strictObject({ ...simulatedTotal, venture: z.string() })),
  by_type: z.array(z.strictObject({ ...simulatedTotal, type: z.string() })),
  list: z.array(
    z.strictObject({
      id: z.uuid(),
      type: z.string(),
      venture: z.string(),
      from: verdict,
      to: verdict,
      was_rule: z.string().nullable(),
      rule: z.string(),
      reason: z.string(),
      ceiling_microusd: z.int(),
      approval: z.string().nullable(),
    }),
  ),
  cut: z.boolean(),
  warnings: z.array(z.string()),
});
const policyVersion = {
  version: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  reason: z.string().nullable(),
  activated_by: z.string(),
  activated_at: at,
};
export const policyHead = z.strictObject({ ...policyVersion, active: z.boolean() });
export const policyShown = z.strictObject({
  ...policyVersion,
  source: z.string(),
  document: z.unknown(),
  active: z.int(),
});
export const policyExplanation = z.strictObject({
  job: z.uuid(),
  state: z.string(),
  decided: z.boolean(),
  policy_version: z.int(),
  recorded: z.strictObject({ rule: z.string().nullable(), needs_approval: z.boolean() }),
  decision: z.looseObject({ decision: verdict, rule: z.string(), reasons: z.array(z.unknown()) }),
  facts: z.looseObject({}),
  rules: z.array(
    z.strictObject({ name: z.string(), outcome: z.unknown(), when: z.unknown(), failing: z.array(z.string()) }),
  ),
});

export const workerAnswerDocument = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  draining: z.boolean(),
  standby: z.boolean(),
  killed_at: maybeAt,
  ended_at: maybeAt,
  open_count: z.int(),
  leases_end: maybeAt,
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
  ended_at: maybeAt,
  ended_by: z.string().nullable(),
  ended_reason: z.string().nullable(),
  state: z.enum(["stands", "unsigned", "used_up", "over", "void", "ended"]),
});
