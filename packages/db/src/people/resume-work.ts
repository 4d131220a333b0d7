import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";
import { pauseScopes } from "./pause-work.ts";

const input = z.strictObject({
  scope: z.enum(pauseScopes),
  key: z.string().default(""),
  reason: z.string().max(500).nullable().default(null),
});
const resumed = z.object({
  id: z.string(),
  scope: z.string(),
  key: z.string(),
  paused_since: instant,
  paused_by: z.string(),
  resumed_at: instant,
});
export type Resumed = z.output<typeof resumed>;

/** Lifts a pause; stops and other pauses that overlap stay. Refused with `not_paused` when there is none. */
export function resumeWork(client: PeopleClient, request: z.input<typeof input>): Promise<Resumed> {
  const { scope, key, reason } = parseInput(input, request);
  return callRpc(client, "resume_work", { p_scope: scope, p_key: key, p_reason: reason }, resumed);
}
