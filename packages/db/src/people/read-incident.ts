import { EFFECT_KINDS, jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { amount, hexHash } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { comparable } from "./comparable-shape.ts";
import { decisionVerbs } from "./decide.ts";
import { jobLink, listedIncident } from "./incident-shape.ts";
import { instant, maybeInstant } from "./instant.ts";
import { job } from "./job-shape.ts";

const run = z.object({
  run_no: z.number(),
  worker: z.string().nullable(),
  worker_version: z.string().nullable(),
  code_hash: z.string().nullable(),
  started_at: instant,
  ended_at: maybeInstant,
  outcome: z.string().nullable(),
  cause: z.string().nullable(),
  error_class: z.string().nullable(),
  error_message: z.string().nullable(),
  cost_microusd: amount,
});

const effect = z.object({
  key: z.string(),
  kind: z.enum(EFFECT_KINDS),
  settle: z.string(),
  run_no: z.number(),
  intent_at: instant,
  settled_at: maybeInstant,
  outcome: z.string().nullable(),
  unknown: z.boolean(),
  dry_run: z.boolean(),
  receipt: z.unknown(),
  max_microusd: amount,
  cost_microusd: amount.nullable(),
});

/** All that is known about one incident. Of a subject that is no job only the record. */
export const incidentPack = z.object({
  incident: listedIncident,
  now: instant,
  job: job.extend({ payload: z.unknown() }).nullable(),
  facts: comparable.nullable(),
  /** The last job of its type that succeeded before it; null: none did. */
  last_good: comparable.nullable(),
  last_good_artifacts: z.array(z.object({ id: z.string(), name: z.string(), bytes: amount, sha256: z.string() })),
  plan: z.object({ plan_no: z.number(), hash: hexHash, body: z.string() }).nullable(),
  /** The type as it is announced now. */
  type: z
    .object({
      name: z.string(),
      version: z.number(),
      code_hash: z.string(),
      effect_kinds: z.array(z.enum(EFFECT_KINDS)),
    })
    .nullable(),
  /** Newest first, at most 20. */
  runs: z.array(run),
  effects: z.array(effect),
  /** The end of the run's output. */
  log: z.array(z.object({ run_no: z.number(), stream: z.string(), text: z.string() })),
  decisions: z.array(
    z.object({
      id: z.string(),
      verb: z.enum(decisionVerbs),
      by: z.string(),
      reason: z.string().nullable(),
      at: instant,
    }),
  ),
  links: z.array(jobLink),
});
export type IncidentPack = z.output<typeof incidentPack>;

/** One incident by its id, or the latest of a job by the job's id. */
export function readIncident(client: PeopleClient, id: string): Promise<IncidentPack> {
  return callRpc(client, "incident_pack", { p_incident: parseInput(jobIdSchema, id) }, incidentPack);
}
