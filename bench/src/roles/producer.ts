/**
 * Holdpoint's producer: a trusted submitter in a process of its own, registered like a worker but without lanes; it
 * decides by policy and submits and admits in one call. Each job has an idempotency key of its own. Says done with when
 * it began.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { resolve } from "node:path";
import { DatabasePool } from "@holdpoint/db/runtime";
import { registerWorker } from "@holdpoint/db/runtime";
import { Catalogue, loadHandlers, TrustedSubmitter } from "worker";
import { epochMs } from "../frame/clock.ts";
import { atRate, payloads, readConfig, type ProducerConfig } from "./config.ts";

const config = readConfig<ProducerConfig>();
const db = new DatabasePool({ url: config.url, max: 2, name: "bench producer" });
const key = randomBytes(32).toString("hex");
const { worker_id } = await registerWorker(db, {
  name: "bench-producer",
  instance: randomUUID(),
  key,
  host: "bench",
  lanes: [],
  slots: 0,
  version: "bench",
  schemaMin: 1,
  schemaMax: 1,
  isolation: "none",
  types: [],
});
const catalogue = new Catalogue();
await loadHandlers(resolve(import.meta.dirname, "../../handlers"), true, catalogue);
const fleet = new TrustedSubmitter(db, { id: worker_id, key }, catalogue);
const venture = (n: number) => config.ventures[n % config.ventures.length] ?? "";
process.send?.({ kind: "ready" });
for (const jobs of config.phases) {
  await once(process, "message");
  const begun = epochMs();
  if (config.rate > 0) {
    await atRate(config.rate, jobs, (n) =>
      fleet.submit({
        venture: venture(n),
        type: "noop",
        payloads: [{ n, at: epochMs() }],
        keys: [randomUUID()],
      }),
    );
  } else {
    for (let n = 0, call = 0; n < jobs; n += config.batch, call++) {
      const list = payloads(n, Math.min(config.batch, jobs - n), config.slowPercent);
      const keys = list.map(() => randomUUID());
      // Spread evenly, so that paid batches lie beside free ones.
      const paid = Math.floor(((call + 1) * config.paidPercent) / 100) > Math.floor((call * config.paidPercent) / 100);
      await fleet.submit({ venture: venture(call), type: paid ? "paid" : "noop", payloads: list, keys });
    }
  }
  process.send?.({ kind: "done", at: begun, figures: {} });
}
// Stays until it is killed: the benchmark reads its CPU time after the last job.
setInterval(() => undefined, 60_000);
