import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { ventureKey } from "./keys.ts";
import { venture, type Venture } from "./venture-shape.ts";

export const ventureRequest = z.strictObject({
  key: ventureKey,
  name: z.string().trim().min(1).max(80),
  url: z.url({ protocol: /^https?$/ }).optional(),
  repository: z.string().min(1).optional(),
  build_command: z.string().min(1).optional(),
  trusted: z.boolean().optional(),
  allow_private_addresses: z.boolean().optional(),
});
export type VentureRequest = z.input<typeof ventureRequest>;

/** Adds a venture. Needs an admin of the fleet. Throws conflict when the key is taken: keys never change. */
export function addVenture(client: PeopleClient, request: VentureRequest): Promise<Venture> {
  return callRpc(
    client,
    "add_venture",
    { p_request: parseInput(ventureRequest, request) },
    venture,
  );
}
