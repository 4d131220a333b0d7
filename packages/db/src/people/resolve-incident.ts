import { jobIdSchema, reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { incident, type Incident } from "./incident-shape.ts";

const input = z.strictObject({ incident: jobIdSchema, verb: z.enum(["release", "discard"]), reason: reasonSchema });

/** Ends the quarantine of what is no job. A job's ends with decide(). */
export function resolveIncident(client: PeopleClient, request: z.input<typeof input>): Promise<Incident> {
  const { incident: id, verb, reason } = parseInput(input, request);
  return callRpc(client, "resolve_incident", { p_incident: id, p_verb: verb, p_reason: reason }, incident);
}
