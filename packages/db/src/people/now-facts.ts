import { z } from "zod";
import { block } from "./block-shape.ts";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";
import { job } from "./job-shape.ts";
import { worker } from "./list-workers.ts";
import { settings } from "./read-settings.ts";

export const nowFacts = z.object({
  /** The database's clock; every age is measured against it. */
  now: instant,
  /** Bounded: 10,001 means more than 10,000. */
  counts: z.object({
    submitted: z.number(),
    queued: z.number(),
    running: z.number(),
    held: z.number(),
    dead: z.number(),
    quarantined: z.number(),
  }),
  settings,
  /** Those that have not ended first; those that ended in the last hour after them. */
  workers: z.array(worker.extend({ ended_at: maybeInstant, end_reason: z.string().nullable() })),
  blocks: z.array(block),
  running: z.array(
    z.object({
      job,
      run_no: z.number(),
      worker_id: z.string(),
      started_at: instant,
      heartbeat_at: instant,
      lease_until: instant,
      progress: z.unknown(),
    }),
  ),
});
export type NowFacts = z.output<typeof nowFacts>;

/** The facts of the Now page, read at one instant, as far as this operator may see them. */
export function readNowFacts(client: PeopleClient): Promise<NowFacts> {
  return callRpc(client, "now_facts", {}, nowFacts);
}
