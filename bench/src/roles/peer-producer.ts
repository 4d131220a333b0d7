/** The producer of a peer: connects, says ready, waits for "go", adds its jobs, says done. */
import { once } from "node:events";
import { epochMs } from "../frame/clock.ts";
import { atRate, payloads, readConfig, type PeerConfig } from "./config.ts";
import { openProducer } from "./peer-queues.ts";

const config = readConfig<PeerConfig>();
const producer = await openProducer(config);
process.send?.({ kind: "ready" });
for (const jobs of config.phases) {
  await once(process, "message");
  const begun = epochMs();
  if (config.rate > 0) {
    await atRate(config.rate, jobs, (n) => producer.addOne({ n, at: epochMs() }));
  } else {
    for (let n = 0; n < jobs; n += config.batch) {
      await producer.addMany(payloads(n, Math.min(config.batch, jobs - n), config.slowPercent));
    }
  }
  process.send?.({ kind: "done", at: begun, figures: {} });
}
// Stays until it is killed: the benchmark reads its CPU time after the last job.
setInterval(() => undefined, 60_000);
