import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ id: z.guid("must be the stop's id"), confirmation: z.string() });

/** Lifts one stop. Needs an admin and the typed word LIFT. */
export async function liftStop(client: PeopleClient, request: z.input<typeof input>): Promise<void> {
  const { id, confirmation } = parseInput(input, request);
  await callRpc(client, "lift_stop", { p_id: id, p_confirmation: confirmation }, z.unknown());
}
