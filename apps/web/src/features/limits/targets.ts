import type { FleetLimits } from "@holdpoint/db/people";

/** The limits that a form sets, by what they are of. */
export const TARGETS = [
  { target: "venture", scope: "venture", kind: "concurrency", name: "Concurrent runs of a venture" },
  { target: "starts", scope: "venture", kind: "first_starts", name: "First starts an hour of a venture" },
  { target: "type", scope: "type", kind: "concurrency", name: "Concurrent runs of a job type" },
  { target: "provider", scope: "provider", kind: "rate", name: "Starts with a provider in a period" },
] as const;

/** The fleet's own: a number that is always there. */
export const OF_FLEET = [
  {
    target: "workers",
    field: "max_workers",
    name: "Workers that work",
    said: ({ workers }: FleetLimits) => `${workers.max} workers may work; ${workers.in_use} do.`,
  },
  {
    target: "new",
    field: "venture_concurrency",
    name: "Concurrent runs that a new venture begins with",
    said: ({ defaults }: FleetLimits) => `A new venture begins with ${defaults.concurrency} concurrent runs.`,
  },
  {
    target: "new_starts",
    field: "venture_first_starts_per_hour",
    name: "First starts an hour that a new venture begins with",
    said: ({ defaults }: FleetLimits) => `A new venture begins with ${defaults.first_starts} first starts an hour.`,
  },
] as const;
