import { z } from "zod";
import { maybeInstant } from "./instant.ts";

export const limitScopes = ["venture", "type"] as const;
export const limitKinds = ["concurrency", "first_starts"] as const;

/** Which limit: concurrent runs of a venture or job type, or first starts an hour of a venture. */
export const limitTarget = { scope: z.enum(limitScopes), key: z.string(), kind: z.enum(limitKinds) };

/** A limit with what counts on it now. */
export const limit = z.object({
  ...limitTarget,
  max: z.int(),
  /** Running jobs; of first starts, those of the last hour. */
  in_use: z.int(),
  /** Work waits for room under it. */
  blocked: z.boolean(),
  /** When time alone lifts its block. */
  wake_at: maybeInstant,
});
export type Limit = z.output<typeof limit>;
