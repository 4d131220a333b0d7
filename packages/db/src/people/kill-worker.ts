import { reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { workerAnswer, type WorkerAnswer } from "./worker-answer.ts";

const input = z.strictObject({ worker: z.string().min(1), reason: reasonSchema, confirmation: z.string() });

/**
 * Aborts what the worker runs and ends its process; its jobs go to recovery. Of a process that does not answer they
 * are freed when its leases have run out. Needs an admin and the typed word KILL.
 */
export function killWorker(client: PeopleClient, request: z.input<typeof input>): Promise<WorkerAnswer> {
  const { worker, reason, confirmation } = parseInput(input, request);
  const args = { p_worker: worker, p_reason: reason, p_confirmation: confirmation };
  return callRpc(client, "kill_worker", args, workerAnswer);
}
