import {
  ERROR_CLASSES,
  INCIDENT_REASONS,
  INCIDENT_SUBJECTS,
  jobIdSchema,
  SEVERITIES,
  typeNameSchema,
  ventureKeySchema,
} from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { listedIncident } from "./incident-shape.ts";

const input = z.strictObject({
  state: z.enum(["dead", "quarantined"]).optional(),
  kind: z.enum(INCIDENT_SUBJECTS).optional(),
  class: z.enum(ERROR_CLASSES).optional(),
  reason: z.enum(INCIDENT_REASONS).optional(),
  severity: z.enum(SEVERITIES).optional(),
  type: typeNameSchema.optional(),
  venture: ventureKeySchema.optional(),
  /** Those that are resolved too. */
  all: z.boolean().optional(),
  before: jobIdSchema.optional(),
  limit: z.int().min(1).max(200).default(50),
});

const page = z.object({ items: z.array(listedIncident), next: z.string().nullable() });
export type IncidentPage = z.output<typeof page>;

/** What is dead or in quarantine, newest first; with `all` also what is resolved. */
export function listIncidents(client: PeopleClient, request: z.input<typeof input> = {}): Promise<IncidentPage> {
  const { before, limit, ...filter } = parseInput(input, request);
  return callRpc(client, "list_incidents", { p_filter: filter, p_before: before ?? null, p_limit: limit }, page);
}
