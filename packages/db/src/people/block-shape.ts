import { z } from "zod";
import { instant, maybeInstant } from "./instant.ts";

/** What keeps lines from starting. */
export const block = z.object({
  id: z.string(),
  scope: z.string(),
  key: z.string(),
  kind: z.string(),
  reason: z.string(),
  since: instant,
  /** When time alone lifts it; null: something else must happen. */
  wake_at: maybeInstant,
  /** An operator's address, or what set it by itself. */
  by_id: z.string(),
});
export type Block = z.output<typeof block>;
