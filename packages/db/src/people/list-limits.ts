import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { fleetLimits } from "./fleet-limits-shape.ts";
import { instant, maybeInstant } from "./instant.ts";
import { limit } from "./limit-shape.ts";

/** An outside provider that a job type names, and what holds its types back. */
const provider = z.object({
  name: z.string(),
  types: z.array(z.string()),
  /** Failures that name it, of the minute that is counted. */
  failures: z.int(),
  waits: z.array(
    z.object({
      kind: z.enum(["rate", "paused_by_provider", "provider_down"]),
      reason: z.string(),
      since: instant,
      wake_at: maybeInstant,
    }),
  ),
});
export type Provider = z.output<typeof provider>;

const limits = fleetLimits.extend({ now: instant, providers: z.array(provider), items: z.array(limit) });
export type Limits = z.output<typeof limits>;

/** The limits of the caller's ventures, of all job types, providers and of the fleet, with what counts on them now. */
export function listLimits(client: PeopleClient): Promise<Limits> {
  return callRpc(client, "list_limits", {}, limits);
}
