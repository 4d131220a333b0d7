import { z } from "zod";
import { block } from "./block-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";
import { worker } from "./list-workers.ts";

const input = z.strictObject({ worker: z.string().min(1) });
export const workerDetail = z.object({
  now: instant,
  worker: worker.extend({ ended_at: maybeInstant, end_reason: z.string().nullable() }),
  /** Stops and the drain that name it. */
  blocks: z.array(block),
  runs: z.array(
    z.object({
      job_id: z.string(),
      run_no: z.number(),
      venture: z.string(),
      type: z.string(),
      started_at: instant,
      lease_until: instant,
    }),
  ),
});
export type WorkerDetail = z.output<typeof workerDetail>;

/** One worker process by name or id: the live one of that name, else the last. */
export function showWorker(client: PeopleClient, request: z.input<typeof input>): Promise<WorkerDetail> {
  return callRpc(client, "worker_detail", { p_worker: parseInput(input, request).worker }, workerDetail);
}
