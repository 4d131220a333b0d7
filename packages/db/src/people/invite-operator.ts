import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  email: z.string(),
  venture: z.string(),
  role: z.enum(["viewer", "approver", "admin"]),
  mustChange: z.boolean(),
});
const output = z.object({
  user_id: z.string(),
  email: z.string(),
  venture: z.string(),
  role: z.string(),
  new: z.boolean(),
});
export type Invited = z.output<typeof output>;

/** Makes the owner of an account an operator of the venture (fleet: everywhere). Needs an admin there. */
export function inviteOperator(client: PeopleClient, request: z.input<typeof input>): Promise<Invited> {
  const given = parseInput(input, request);
  return callRpc(
    client,
    "invite_operator",
    { p_email: given.email, p_venture: given.venture, p_role: given.role, p_must_change: given.mustChange },
    output,
  );
}
