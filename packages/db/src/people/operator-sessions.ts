import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";
const input = z.strictObject({ email: z.string().nullable().default(null) });
const output = z.array(
  z.object({
    id: z.string(),
    email: z.string(),
    created_at: instant,
    refreshed_at: z.string().nullable(),
    not_after: maybeInstant,
    user_agent: z.string().nullable(),
    /** The one that asked. */
    current: z.boolean(),
  }),
);
export type OperatorSessions = z.output<typeof output>;

/** The sessions that stand: one's own (email null), or those of anybody for an admin of the fleet. */
export function operatorSessions(client: PeopleClient, request: z.input<typeof input>): Promise<OperatorSessions> {
  const given = parseInput(input, request);
  return callRpc(client, "operator_sessions", { p_email: given.email }, output);
}
