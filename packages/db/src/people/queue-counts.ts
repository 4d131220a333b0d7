import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { maybeInstant } from "./instant.ts";

export const queueCount = z.object({
  queue: z.string(),
  lane: z.string(),
  ready: z.number(),
  later: z.number(),
  running: z.number(),
  oldest_at: maybeInstant,
  /** True: counting stopped at its bound; read the numbers as "at least". */
  capped: z.boolean(),
});
export type QueueCount = z.output<typeof queueCount>;

/** What the nine queues hold, counted up to 10,000 each. */
export function queueCounts(client: PeopleClient): Promise<QueueCount[]> {
  return callRpc(client, "queue_counts", {}, z.array(queueCount));
}
