import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

export const stopScopes = ["everything", "lane", "queue", "venture", "type", "worker"] as const;

const input = z.strictObject({
  scope: z.enum(stopScopes),
  key: z.string().default(""),
  reason: reasonSchema,
});
const engaged = z.object({ id: z.string() });

/** Commits the stop: dispatch leaves the scope out from here. `confirmStop` then says from when nothing more starts. */
export async function engageStop(client: PeopleClient, request: z.input<typeof input>): Promise<string> {
  const { scope, key, reason } = parseInput(input, request);
  const { id } = await callRpc(client, "engage_stop", { p_scope: scope, p_key: key, p_reason: reason }, engaged);
  return id;
}
