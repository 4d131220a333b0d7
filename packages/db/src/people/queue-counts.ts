import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { maybeInstant } from "./instant.ts";

export const queueCount = z.object({
  queue: z.string(),
  ready: z.number(),
  later: z.number().default(0),
  running: z.number().default(0),
  oldest_ready_at: maybeInstant,
  /** True: counting stopped at its bound; read the numbers as "at least". */
  capped: z.boolean().default(false),
});
export type QueueCount = z.output<typeof queueCount>;

/** What the nine queues hold, counted up to a bound. */
export function queueCounts(client: PeopleClient): Promise<QueueCount[]> {
  return callRpc(client, "queue_counts", {}, z.array(queueCount));
}
