import { z } from "zod";
import { amount, hexHash } from "./amount.ts";
import { instant, maybeInstant } from "./instant.ts";

/** An approval of a plan that needs no person each time. */
export const standing = z.object({
  id: z.string(),
  venture: z.string(),
  type: z.string(),
  type_version: z.number(),
  /** Null: whoever asks for this plan. */
  schedule: z.string().nullable(),
  plan_hash: hexHash,
  /** The plan, canonical JSON. */
  plan: z.string(),
  until: instant,
  /** Null: as often as the cost and the date allow. */
  max_uses: z.number().nullable(),
  uses: z.number(),
  /** Of all its uses together; what they may cost so far is committed. */
  budget_microusd: amount,
  committed_microusd: amount,
  reason: z.string(),
  made_by: z.string(),
  made_at: instant,
  signed_by: z.array(z.string()),
  /** How many people must still sign. */
  missing: z.number(),
  /** The exact text that each of them types; null: none. */
  typed: z.string().nullable(),
  ended_at: maybeInstant,
  ended_by: z.string().nullable(),
  ended_reason: z.string().nullable(),
  /** void: the job type has a newer version, so no plan is this one any more. */
  state: z.enum(["stands", "unsigned", "used_up", "over", "void", "ended"]),
});
export type Standing = z.output<typeof standing>;
