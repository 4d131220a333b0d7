/**
 * A consumer in a process of its own whose event loop hangs as soon as it gets a message, past the message's lock.
 * argv: the server as JSON, the lock in ms. Prints "ready", then "got <id>", then hangs and prints "end".
 */
import { createQueues } from "../src/index.ts";

const server = JSON.parse(process.argv[2] ?? "{}");
const lockMs = Number(process.argv[3]);
const queues = createQueues(server, { prefix: "test", lockMs, onError: () => undefined });

function hang(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

queues.consume("job", { concurrency: 1 }, async (message) => {
  process.stdout.write(`got ${message.id}\n`, () => {
    hang(lockMs * 5);
    process.stdout.write("end\n", () => process.exit(0));
  });
  await new Promise(() => undefined);
});
await queues.ping();
process.stdout.write("ready\n");
