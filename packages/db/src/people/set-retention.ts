import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const count = z.int("must be a whole number").min(1, "must be at least 1").max(1200, "is too large");
const input = z.strictObject({
  /** Null: ended jobs are kept for ever. */
  months: count.nullable().optional(),
  log_days: count.optional(),
  /** DROP when months is a number. */
  confirmation: z.string().optional(),
});
const answer = z.object({
  months: z.int().nullable(),
  months_was: z.int().nullable(),
  log_days: z.int(),
  log_days_was: z.int(),
});
export type SetRetention = z.output<typeof answer>;

/** How long months of ended jobs and the output of runs are kept. Needs an admin of the fleet. */
export function setRetention(client: PeopleClient, request: z.input<typeof input>): Promise<SetRetention> {
  return callRpc(client, "set_retention", { p_request: parseInput(input, request) }, answer);
}
