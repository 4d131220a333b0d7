import { z } from "zod";
import { amount } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import { capPeriods, capTarget, microusd } from "./cap-shape.ts";
import type { PeopleClient } from "./client.ts";
import { maybeInstant } from "./instant.ts";

const input = z.union([
  z.strictObject({ ...capTarget, cap_microusd: microusd, until: z.string() }),
  z.strictObject({ ...capTarget, end: z.literal(true) }),
]);
const answer = z.object({
  venture: z.string().nullable(),
  period: z.enum(capPeriods),
  cap_microusd: amount,
  base_microusd: amount,
  until: maybeInstant,
});
export type OverriddenCap = z.output<typeof answer>;

/** Replaces a cap until a time, by the database's clock, or ends that now. Needs an admin. */
export function overrideCap(client: PeopleClient, request: z.input<typeof input>): Promise<OverriddenCap> {
  return callRpc(client, "override_cap", { p_request: parseInput(input, request) }, answer);
}
