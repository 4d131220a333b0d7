import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const pauseScopes = ["everything", "lane", "queue", "venture", "type"] as const;

const input = z.strictObject({ scope: z.enum(pauseScopes), key: z.string().default(""), reason: reasonSchema });
const pause = z.object({
  id: z.string(),
  scope: z.string(),
  key: z.string(),
  reason: z.string(),
  since: instant,
  by: z.string(),
});
export type Pause = z.output<typeof pause>;

/** Nothing in scope starts from here on; what runs goes on. Refused with `already_paused` when it is paused. */
export function pauseWork(client: PeopleClient, request: z.input<typeof input>): Promise<Pause> {
  const { scope, key, reason } = parseInput(input, request);
  return callRpc(client, "pause_work", { p_scope: scope, p_key: key, p_reason: reason }, pause);
}
