import { approvalRequirementSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { amount } from "./amount.ts";

/** What admission would decide. Binds nothing. */
export const previewAnswer = z.looseObject({
  decision: z.enum(["queued", "held", "refused"]),
  rule: z.string().nullable().default(null),
  /** The version of the policy that was asked. */
  policy_version: z.number().nullable().default(null),
  reason: z.string().nullable().default(null),
  /** The field at fault of a refusal, e.g. "payload.urls[0]". */
  field: z.string().nullable().default(null),
  /** Every rule that matched, the deciding one first. */
  reasons: z.array(z.string()).default([]),
  tier: z.string().nullable().default(null),
  queue: z.string().nullable().default(null),
  needs_approval: z.boolean().default(false),
  /** What an approval would take. */
  approval: approvalRequirementSchema.nullable().default(null),
  ceiling_microusd: amount.default(0),
  plan: z.unknown().optional(),
  plan_hash: z.string().nullable().default(null),
});
export type PreviewAnswer = z.output<typeof previewAnswer>;

const preview = z.object({ answered: z.boolean(), answer: previewAnswer.nullable().default(null) });

/** The answer to a preview of this operator's, or null while admission has not given it. */
export async function readPreview(client: PeopleClient, id: string): Promise<PreviewAnswer | null> {
  const { answered, answer } = await callRpc(client, "read_preview", { p_id: id }, preview);
  return answered ? answer : null;
}
