import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  email: z.string().nullable().default(null),
  session: z.string().nullable().default(null),
});
const output = z.object({ email: z.string(), sessions_ended: z.number() });
export type SessionsEnded = z.output<typeof output>;

/** Ends sessions at once, all or one: one's own (email null), or anybody's for an admin of the fleet. */
export function endOperatorSessions(client: PeopleClient, request: z.input<typeof input>): Promise<SessionsEnded> {
  const given = parseInput(input, request);
  return callRpc(client, "end_operator_sessions", { p_email: given.email, p_session: given.session }, output);
}
