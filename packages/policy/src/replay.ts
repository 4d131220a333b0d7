import { z } from "zod";

/** The reserved reference under which a job says what it was made from. */
export const REPLAY_REFERENCE = "$replay";

export const replaySchema = z.object({
  of: z.string(),
  kind: z.enum(["edit", "replay"]),
  from_step: z.string().optional(),
  /** How many results of steps were taken over. */
  steps: z.number(),
  /** The type's version that the steps are of. */
  version: z.number(),
  dry_run: z.boolean(),
});
export type Replay = z.infer<typeof replaySchema>;

/** What a job's references say it was made from; null: from nothing. */
export function replayOf(refs: unknown): Replay | null {
  if (typeof refs !== "object" || refs === null || !(REPLAY_REFERENCE in refs)) return null;
  return replaySchema.parse(refs[REPLAY_REFERENCE]);
}

/** The references that a handler gets. */
export function withoutReplay(refs: unknown): unknown {
  if (typeof refs !== "object" || refs === null || !(REPLAY_REFERENCE in refs)) return refs;
  const { [REPLAY_REFERENCE]: _, ...rest } = refs as Record<string, unknown>;
  return rest;
}
