import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { limitTarget } from "./limit-shape.ts";

const input = z.strictObject({
  ...limitTarget,
  /** Null: no such limit any more. */
  max: z.int("must be a whole number").min(0, "must be zero or more").max(999_999_999, "is too large").nullable(),
  /** Of a rate: max starts in so many milliseconds. */
  per_ms: z.int("must be whole milliseconds").min(1).optional(),
});
const answer = z.object({
  ...limitTarget,
  max: z.int().nullable(),
  per_ms: z.int().nullable(),
  was: z.int().nullable(),
});
export type SetLimit = z.output<typeof answer>;

/** Sets or removes a limit; holds from the answer on. Needs an admin of the venture, or of the fleet. */
export function setLimit(client: PeopleClient, request: z.input<typeof input>): Promise<SetLimit> {
  return callRpc(client, "set_limit", { p_request: parseInput(input, request) }, answer);
}
