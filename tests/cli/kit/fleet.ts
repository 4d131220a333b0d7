import { afterAll } from "vitest";
import { startCliStack, type CliStack } from "./stack.ts";
import { startHandWorker, type HandWorker } from "./worker.ts";

/** A stack and a worker that does what a test says, for one file of tests; both end with it. */
export async function setFleet(): Promise<{ stack: CliStack; worker: HandWorker }> {
  const stack = await startCliStack();
  const worker = await startHandWorker(stack.db.workerUrl);
  afterAll(async () => {
    await worker.leave();
    await stack.close();
  });
  return { stack, worker };
}
