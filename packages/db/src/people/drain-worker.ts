import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { workerAnswer, type WorkerAnswer } from "./worker-answer.ts";

const input = z.strictObject({ worker: z.string().min(1), reason: z.string().max(500).nullable().default(null) });

/** The worker (name or id) takes no new work from here on, finishes what it runs, then leaves. */
export function drainWorker(client: PeopleClient, request: z.input<typeof input>): Promise<WorkerAnswer> {
  const { worker, reason } = parseInput(input, request);
  return callRpc(client, "drain_worker", { p_worker: worker, p_reason: reason }, workerAnswer);
}
