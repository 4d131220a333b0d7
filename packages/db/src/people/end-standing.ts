import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { standing, type Standing } from "./standing-shape.ts";

const input = z.strictObject({ id: z.uuid(), reason: reasonSchema });

/** Ends a standing approval for good. Throws conflict when it has ended. */
export function endStanding(client: PeopleClient, request: z.input<typeof input>): Promise<Standing> {
  const { id, reason } = parseInput(input, request);
  return callRpc(client, "end_standing", { p_id: id, p_reason: reason }, standing);
}
