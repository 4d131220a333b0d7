import { approvalRequirementSchema, formSchema, jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { amount, hexHash } from "./amount.ts";
import { block } from "./block-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { decisionVerbs } from "./decide.ts";
import { evidence } from "./evidence-shape.ts";
import { incident, jobLink } from "./incident-shape.ts";
import { instant, maybeInstant } from "./instant.ts";
import { job } from "./job-shape.ts";

export const run = z.object({
  run_no: z.number(),
  worker_id: z.string(),
  worker: z.string().nullable(),
  token: z.string(),
  started_at: instant,
  lease_until: instant,
  heartbeat_at: instant,
  progress: z.unknown(),
  ended_at: maybeInstant,
  outcome: z.string().nullable(),
  cause: z.string().nullable(),
  error_class: z.string().nullable(),
  error_message: z.string().nullable(),
  cost_microusd: amount,
  log_bytes: amount,
  log_sha256: z.string().nullable(),
});
export type Run = z.output<typeof run>;

export const step = z.object({ name: z.string(), run_no: z.number(), started_at: instant, ended_at: instant });
export type Step = z.output<typeof step>;

export const decision = z.object({
  id: z.string(),
  verb: z.enum(decisionVerbs),
  by: z.string(),
  reason: z.string().nullable(),
  at: instant,
  plan_hash: hexHash.nullable(),
  undoes: z.string().nullable(),
});
export type Decision = z.output<typeof decision>;

export const comment = z.object({ id: z.string(), by: z.string(), text: z.string(), at: instant });
export type Comment = z.output<typeof comment>;

/** What a job's run waits for, as its call recorded it. */
export const openCall = z.object({
  call: z.string(),
  version: z.number(),
  kind: z.enum(["approval", "sleep", "signal"]),
  name: z.string(),
  until: instant,
  asked_at: instant,
  /** Of an approval: what an answer names in place of the plan's hash. */
  hash: hexHash.nullable(),
  /** In the words of the job's own code; people and models may have written parts of it. */
  request: z.object({ title: z.string(), summary: z.string(), otherwise: z.enum(["end", "throw"]) }).nullable(),
});
export type OpenCall = z.output<typeof openCall>;

export const signal = z.object({
  id: z.string(),
  no: z.number(),
  name: z.string(),
  data: z.unknown(),
  by: z.string(),
  at: instant,
  /** The call that got it; null: it is in the mailbox. */
  taken_by: z.string().nullable(),
  taken_at: maybeInstant,
});
export type SentSignal = z.output<typeof signal>;

/** What an approval takes, who has given theirs, who is missing. */
export const approvalStatus = z.object({
  requirement: approvalRequirementSchema,
  /** Fields that the approver fills in. */
  form: formSchema,
  given: z.array(
    z.object({
      decision_id: z.string(),
      by: z.string(),
      at: instant,
      /** Null: it counts. Else why it does not, now. */
      fault: z.string().nullable(),
      /** What this approver filled in; null without a form. */
      form: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
    }),
  ),
  missing: z.number(),
  /** Who must still approve, in words. */
  who: z.string(),
  /** The reader has approved much in a short time: the details must be opened before this one. */
  details_first: z.boolean(),
  /** Null: the reader's approval would count. Else why not. */
  you: z.string().nullable(),
});
export type ApprovalStatus = z.output<typeof approvalStatus>;

export const artifact = z.object({
  id: z.string(),
  run_no: z.number(),
  name: z.string(),
  media_type: z.string(),
  bytes: amount,
  sha256: z.string(),
  facts: z.unknown(),
  created_at: instant,
});
export type Artifact = z.output<typeof artifact>;

export const plan = z.object({
  plan_no: z.number(),
  hash: hexHash,
  /** Canonical JSON: sha256 of these bytes is the hash. */
  body: z.string(),
  /** What admission decided on. */
  facts: z.unknown(),
  created_at: instant,
});
export type Plan = z.output<typeof plan>;

export const jobDetail = z.object({
  job: job.extend({ payload: z.unknown(), result: z.unknown() }),
  /** The database's clock when this was read. */
  now: instant,
  runs: z.array(run),
  steps: z.array(step),
  decisions: z.array(decision),
  /** Null before admission has let it pass. */
  approval_status: approvalStatus.nullable(),
  /** What its run waits for; null: nothing. */
  wait: openCall.nullable(),
  /** What was sent to it, the latest 100, in order. */
  signals: z.array(signal),
  /** What people said about it, at most the latest 200. */
  comments: z.array(comment),
  /** The newest plan; null where nobody must decide and nothing was resolved. */
  plan: plan.nullable(),
  /** What made it dead or put it in quarantine, oldest first. */
  incidents: z.array(incident),
  /** The job that it was made from, and those made from it. */
  links: z.array(jobLink),
  artifacts: z.array(artifact),
  evidence: z.array(evidence),
  /** Every block that keeps this queued job from starting. */
  blocks: z.array(block),
  undo_until: maybeInstant,
  /** The last approved job of the same type and venture, with its plan's body; null: the first of its kind. */
  last_approved: z.object({ job_id: z.string(), at: instant, by: z.string(), plan: z.string().nullable() }).nullable(),
});
export type JobDetail = z.output<typeof jobDetail>;

/** What an answer to this job is for now, in hex: what its run asks, or its plan. */
export function answeredHash({
  job: waiting,
  wait,
  plan: newest,
}: Pick<JobDetail, "job" | "wait" | "plan">): string | null {
  if (waiting.held_for === "park" && wait?.hash != null) return wait.hash;
  return newest?.hash ?? waiting.plan_hash;
}

/** Everything about one job. Throws not_found for a job that is not there or that this operator may not see. */
export function readJobDetail(client: PeopleClient, id: string): Promise<JobDetail> {
  return callRpc(client, "job_detail", { p_job: parseInput(jobIdSchema, id) }, jobDetail);
}
