import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

const input = z.strictObject({ venture: z.string(), reason: reasonSchema });
const answer = z.object({ venture: z.string(), cleared_at: instant });

/** An admin has looked at an overrun: the venture's paid work may start again. */
export function clearOverrun(
  client: PeopleClient,
  request: z.input<typeof input>,
): Promise<{ venture: string; cleared_at: string }> {
  const { venture, reason } = parseInput(input, request);
  return callRpc(client, "clear_overrun", { p_venture: venture, p_reason: reason }, answer);
}
