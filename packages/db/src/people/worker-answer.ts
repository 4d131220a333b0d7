import { z } from "zod";
import { maybeInstant } from "./instant.ts";

/** A worker process after somebody acted on it. */
export const workerAnswer = z.object({
  id: z.string(),
  name: z.string(),
  draining: z.boolean(),
  standby: z.boolean(),
  killed_at: maybeInstant,
  ended_at: maybeInstant,
  /** Runs that it still holds. */
  open_count: z.number(),
  /** When the last of their leases ends; null when it holds none. */
  leases_end: maybeInstant,
});
export type WorkerAnswer = z.output<typeof workerAnswer>;
