import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { fleetLimits, type FleetLimits } from "./fleet-limits-shape.ts";

const count = z.int("must be a whole number").min(1, "must be at least 1").max(999_999_999, "is too large");
const input = z.strictObject({
  max_workers: count.optional(),
  /** Concurrent runs that a new venture begins with. */
  venture_concurrency: count.optional(),
  /** First starts an hour that a new venture begins with. */
  venture_first_starts_per_hour: count.optional(),
});

/** Sets how many workers work, and what new ventures begin with; what is left out stays. Needs an admin of the fleet. */
export function setFleetLimits(client: PeopleClient, request: z.input<typeof input>): Promise<FleetLimits> {
  return callRpc(client, "set_fleet_limits", { p_request: parseInput(input, request) }, fleetLimits);
}
