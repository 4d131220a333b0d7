import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  email: z.string(),
  venture: z.string(),
  role: z.enum(["viewer", "approver", "admin", "none"]),
});
const output = z.object({
  email: z.string(),
  venture: z.string(),
  role: z.string().nullable(),
  before: z.string().nullable(),
});
export type RoleSet = z.output<typeof output>;

/** Sets an operator's role in a venture, at once; `none` takes it away. Needs an admin there. */
export function setOperatorRole(client: PeopleClient, request: z.input<typeof input>): Promise<RoleSet> {
  const given = parseInput(input, request);
  return callRpc(
    client,
    "set_operator_role",
    { p_email: given.email, p_venture: given.venture, p_role: given.role },
    output,
  );
}
