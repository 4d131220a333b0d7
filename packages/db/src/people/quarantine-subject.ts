import { INCIDENT_REASONS, reasonSchema, ventureKeySchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { incident, type Incident } from "./incident-shape.ts";

const input = z.strictObject({
  kind: z.enum(["artifact", "page", "payload", "webhook"]),
  /** An artifact's id, a page's address, a name. */
  subject: z.string().trim().min(1).max(499),
  venture: ventureKeySchema,
  reason: z.enum(INCIDENT_REASONS).default("reported"),
  finding: reasonSchema,
  evidence: z.record(z.string(), z.unknown()).optional(),
});

/** Puts what is no job in quarantine. A job goes there by its run. */
export function quarantineSubject(client: PeopleClient, request: z.input<typeof input>): Promise<Incident> {
  return callRpc(client, "quarantine_subject", { p_request: parseInput(input, request) }, incident);
}
