import { JOB_STATES, jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { maybeInstant } from "./instant.ts";

export const decisionVerbs = ["approve", "reject", "release", "discard", "undo"] as const;
export type DecisionVerb = (typeof decisionVerbs)[number];

const input = z
  .strictObject({
    job: jobIdSchema,
    verb: z.enum(decisionVerbs),
    /** Hash of the plan that the person saw, in hex: the answer is for this plan and no other. */
    planHash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "must be the plan's sha256 in hex")
      .nullable()
      .default(null),
    reason: z.string().max(500).default(""),
    /** What the person typed, where the approval takes a typed confirmation. */
    typed: z.string().max(200).nullable().default(null),
    /** Values of the type's form, by field. */
    form: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    /** The plan hash that openDetails() answered with, where the details had to be opened first. */
    seen: z.string().nullable().default(null),
  })
  .refine((given) => given.planHash !== null || (given.verb !== "approve" && given.verb !== "reject"), {
    message: "approve and reject need the hash of the plan that was seen",
    path: ["planHash"],
  });
export type DecideRequest = z.input<typeof input>;

export const decided = z.object({
  job_id: z.string(),
  decision_id: z.string(),
  state: z.enum(JOB_STATES),
  run_at: maybeInstant,
  /** Until when undo works for certain; it goes on working until a worker claims the job. */
  undo_until: maybeInstant,
  /** Who must approve too, in words, when this was the first of two approvals. */
  missing: z.string().nullable(),
});
export type Decided = z.output<typeof decided>;

/** Records a person's answer, once. Throws conflict, naming who was first, when another answer is there or the plan changed. */
export function decide(client: PeopleClient, request: DecideRequest): Promise<Decided> {
  const given = parseInput(input, request);
  const args = {
    p_job: given.job,
    p_verb: given.verb,
    p_plan_hash: given.planHash,
    p_reason: given.reason || null,
    p_typed: given.typed,
    p_seen: given.seen,
    p_form: given.form,
  };
  return callRpc(client, "decide", args, decided);
}
