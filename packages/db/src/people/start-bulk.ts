import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { bulkFilter, bulkOperation } from "./bulk-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  /** A new UUID: the call may be repeated with it. */
  id: z.guid("must be a UUID"),
  verb: z.enum(["release", "discard"]),
  reason: reasonSchema,
  filter: bulkFilter,
  /** As the preview told it. */
  as_of: z.string().min(1),
  per_minute: z.int().min(1).max(60_000).default(600),
});
const started = bulkOperation.extend({ repeated: z.boolean() });
export type StartedBulk = z.output<typeof started>;

/** Starts an operation; the fleet decides each job as this operator. */
export function startBulk(client: PeopleClient, request: z.input<typeof input>): Promise<StartedBulk> {
  return callRpc(client, "start_bulk", { p_request: parseInput(input, request) }, started);
}
