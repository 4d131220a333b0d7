import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const stopScopes = ["everything", "lane", "queue", "venture", "type", "worker", "paid", "effects"] as const;

const input = z.strictObject({
  scope: z.enum(stopScopes),
  key: z.string().default(""),
  reason: reasonSchema,
});
const same = z.object({ id: z.string(), by: z.string(), since: instant, reason: z.string() });
const engaged = z.object({ id: z.string(), same: z.array(same) });
/** A stop as engaged; `same` are those of the same scope and key that were in force already. */
export type EngagedStop = z.output<typeof engaged>;

/** Commits the stop: dispatch leaves the scope out from here. `confirmStop` then says from when nothing more starts. */
export async function engageStop(client: PeopleClient, request: z.input<typeof input>): Promise<EngagedStop> {
  const { scope, key, reason } = parseInput(input, request);
  return callRpc(client, "engage_stop", { p_scope: scope, p_key: key, p_reason: reason }, engaged);
}
