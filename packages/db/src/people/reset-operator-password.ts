import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ email: z.string() });
const output = z.object({ user_id: z.string(), email: z.string(), sessions_ended: z.number() });
export type PasswordReset = z.output<typeof output>;

/** Decides a password reset: sessions end. The command line then sets the password. Needs an admin of the fleet. */
export function resetOperatorPassword(client: PeopleClient, request: z.input<typeof input>): Promise<PasswordReset> {
  const given = parseInput(input, request);
  return callRpc(client, "reset_operator_password", { p_email: given.email }, output);
}
