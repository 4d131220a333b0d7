import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { standing, type Standing } from "./standing-shape.ts";

const input = z.strictObject({
  id: z.uuid(),
  planHash: z.string(),
  typed: z.string().max(200).nullable().default(null),
});

/** The second signature under a standing approval, where two people must approve. */
export function signStanding(client: PeopleClient, request: z.input<typeof input>): Promise<Standing> {
  const { id, planHash, typed } = parseInput(input, request);
  return callRpc(client, "sign_standing", { p_id: id, p_plan_hash: planHash, p_typed: typed }, standing);
}
