import { z } from "zod";
import { maybeInstant } from "./instant.ts";

export const limitScopes = ["venture", "type", "provider"] as const;
export const limitKinds = ["concurrency", "first_starts", "rate"] as const;

/** Which limit: concurrent runs of a venture or job type, first starts an hour of a venture, or starts in a period with a provider. */
export const limitTarget = { scope: z.enum(limitScopes), key: z.string(), kind: z.enum(limitKinds) };

/** A limit with what counts on it now. */
export const limit = z.object({
  ...limitTarget,
  max: z.int(),
  /** Of a rate: max starts in so many milliseconds. */
  per_ms: z.int().nullable(),
  /** Running jobs; of first starts, those of the last hour; of a rate, starts in its period. */
  in_use: z.int(),
  /** Work waits for room under it. */
  blocked: z.boolean(),
  /** When time alone lifts its block. */
  wake_at: maybeInstant,
});
export type Limit = z.output<typeof limit>;
