import { ventureRequestSchema } from "@holdpoint/policy";
import type { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { venture, type Venture } from "./venture-shape.ts";

export type VentureRequest = z.input<typeof ventureRequestSchema>;

/** Adds a venture. Needs an admin of the fleet. Throws conflict when the key is taken: keys never change. */
export function addVenture(client: PeopleClient, request: VentureRequest): Promise<Venture> {
  return callRpc(client, "add_venture", { p_request: parseInput(ventureRequestSchema, request) }, venture);
}
