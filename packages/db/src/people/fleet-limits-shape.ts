import { z } from "zod";

/** What holds for the fleet, and what new ventures begin with. */
export const fleetLimits = z.object({
  /** Worker processes with lanes: how many may work, how many do, how many wait for a place. */
  workers: z.object({ max: z.int(), in_use: z.int(), standby: z.int() }),
  /** Of ventures that are added from now on. */
  defaults: z.object({ concurrency: z.int(), first_starts: z.int() }),
});
export type FleetLimits = z.output<typeof fleetLimits>;
