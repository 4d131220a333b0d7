import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ id: z.guid("must be the stop's id"), confirmation: z.string() });

const lifted = z.object({ others: z.int() });

/** Lifts one stop; answers how many others are in force. Needs an admin and the typed word LIFT. */
export async function liftStop(client: PeopleClient, request: z.input<typeof input>): Promise<number> {
  const { id, confirmation } = parseInput(input, request);
  return (await callRpc(client, "lift_stop", { p_id: id, p_confirmation: confirmation }, lifted)).others;
}
