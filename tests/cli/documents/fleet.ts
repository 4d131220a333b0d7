/** Stops, ventures, people, workers, and how it all stands. */
import { z } from "zod";
import { at, maybeAt } from "./times.ts";
import { block } from "./jobs.ts";
import { waitingDocument } from "./decisions.ts";

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
