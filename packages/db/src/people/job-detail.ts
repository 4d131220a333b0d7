import { jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { amount, hexHash } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { decisionVerbs } from "./decide.ts";
import { instant, maybeInstant } from "./instant.ts";
import { job } from "./job-shape.ts";

export const run = z.object({
  run_no: z.number(),
  worker_id: z.string().nullable().default(null),
  worker: z.string().nullable().default(null),
  started_at: instant,
  ended_at: maybeInstant,
  lease_until: maybeInstant,
  outcome: z.string().nullable().default(null),
  cause: z.string().nullable().default(null),
  error_class: z.string().nullable().default(null),
  error_message: z.string().nullable().default(null),
  cost_microusd: amount.default(0),
  log_bytes: amount.default(0),
  progress: z.unknown().nullable().default(null),
});

export const decision = z.object({
  id: z.string(),
  verb: z.enum(decisionVerbs),
  plan_hash: hexHash.nullable().default(null),
  by_email: z.string(),
  reason: z.string().nullable().default(null),
  at: instant,
  expires_at: maybeInstant,
});

export const failure = z.object({
  id: z.string(),
  state: z.string(),
  reason: z.string(),
  error_class: z.string().nullable().default(null),
  finding: z.string(),
  recommended: z.string(),
  run_no: z.number(),
  created_at: instant,
});

export const artifact = z.object({
  id: z.string(),
  run_no: z.number(),
  name: z.string(),
  media_type: z.string(),
  bytes: amount,
  sha256: z.string(),
  path: z.string(),
  facts: z.unknown().default({}),
  created_at: instant,
});

export const plan = z.object({
  plan_no: z.number(),
  hash: hexHash,
  /** Canonical JSON: sha256 of these bytes is the hash. */
  body: z.string(),
  facts: z.unknown().default({}),
  created_at: instant,
});

export const jobDetail = z.object({
  job: job.extend({
    payload: z.unknown(),
    refs: z.unknown().nullable().default(null),
    result: z.unknown().nullable().default(null),
  }),
  runs: z.array(run).default([]),
  decisions: z.array(decision).default([]),
  failure: failure.nullable().default(null),
  artifacts: z.array(artifact).default([]),
  plan: plan.nullable().default(null),
  waits_for: z.array(z.unknown()).nullable().default([]),
  blocked_by: z.string().nullable().default(null),
  last_approved: z.unknown().nullable().default(null),
});
export type JobDetail = z.output<typeof jobDetail>;

/** Everything about one job. Throws not_found for a job that is not there or that this operator may not see. */
export function readJobDetail(client: PeopleClient, id: string): Promise<JobDetail> {
  return callRpc(client, "job_detail", { p_job: parseInput(jobIdSchema, id) }, jobDetail);
}
