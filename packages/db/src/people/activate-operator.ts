import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ email: z.string() });
const output = z.object({ email: z.string(), active: z.literal(true) });
export type Activated = z.output<typeof output>;

/** A deactivated operator may sign in again, with the roles that were kept. Needs an admin of the fleet. */
export function activateOperator(client: PeopleClient, request: z.input<typeof input>): Promise<Activated> {
  const given = parseInput(input, request);
  return callRpc(client, "activate_operator", { p_email: given.email }, output);
}
