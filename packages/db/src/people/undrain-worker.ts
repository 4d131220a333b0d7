import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { workerAnswer, type WorkerAnswer } from "./worker-answer.ts";

const input = z.strictObject({ worker: z.string().min(1) });

/** A draining worker that has not left takes work again, or stands by when its place was given away. */
export function undrainWorker(client: PeopleClient, request: z.input<typeof input>): Promise<WorkerAnswer> {
  const { worker } = parseInput(input, request);
  return callRpc(client, "undrain_worker", { p_worker: worker }, workerAnswer);
}
