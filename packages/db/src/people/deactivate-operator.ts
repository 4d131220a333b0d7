import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ email: z.string(), reason: z.string().max(500).nullable().default(null) });
const output = z.object({ email: z.string(), active: z.literal(false), sessions_ended: z.number() });
export type Deactivated = z.output<typeof output>;

/** Ends what an operator may do, and all its sessions, at once. Needs an admin of the fleet. */
export function deactivateOperator(client: PeopleClient, request: z.input<typeof input>): Promise<Deactivated> {
  const given = parseInput(input, request);
  return callRpc(client, "deactivate_operator", { p_email: given.email, p_reason: given.reason }, output);
}
