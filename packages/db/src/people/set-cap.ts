import { z } from "zod";
import { amount } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import { capPeriods, capTarget, microusd } from "./cap-shape.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ ...capTarget, cap_microusd: microusd, threshold_microusd: microusd.optional() });
const answer = z.object({
  venture: z.string().nullable(),
  period: z.enum(capPeriods),
  cap_microusd: amount,
  threshold_microusd: amount.nullable(),
  /** The cap before; null: there was none. */
  was_microusd: amount.nullable(),
});
export type SetCap = z.output<typeof answer>;

/** Sets a hard cap. Needs an admin. Refused with `below_committed` when more is spent or set aside already. */
export function setCap(client: PeopleClient, request: z.input<typeof input>): Promise<SetCap> {
  return callRpc(client, "set_cap", { p_request: parseInput(input, request) }, answer);
}
