import { z } from "zod";
import { amount } from "./amount.ts";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";

export const retention = z.object({
  now: instant,
  months: z.int().nullable(),
  log_days: z.int(),
  kept: z.array(
    z.object({
      month: z.string(),
      /** The planner's estimate. */
      about_jobs: amount.nullable(),
      /** When its time is over; null: never. */
      ends_at: maybeInstant,
      /** Why it is still there; null: it goes next. */
      stays: z.enum(["retention", "open_jobs", "open_effects", "not_sealed"]).nullable(),
    }),
  ),
  dropped: z.array(z.object({ month: z.string(), jobs: z.int(), dropped_at: instant })),
});
export type Retention = z.output<typeof retention>;

/** Which months are kept, why, and which were dropped. Needs a role in the fleet. */
export function readRetention(client: PeopleClient): Promise<Retention> {
  return callRpc(client, "retention_status", {}, retention);
}
