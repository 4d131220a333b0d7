/**
 * Many registered workers in one process: each holds one lease and renews it with the real call at the real rate (a
 * thirtieth of the lease), spread evenly. Says ready once all hold theirs.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { claimJobs, DatabasePool, heartbeat, registerWorker, submitJobs, type Caller } from "@holdpoint/db/runtime";
import { readConfig, type HeartbeatersConfig } from "./config.ts";

const LEASE_MS = 300_000;
const RENEW_MS = LEASE_MS / 30;
const SETTLE_MS = 50;

const config = readConfig<HeartbeatersConfig>();
const db = new DatabasePool({ url: config.url, max: 4, name: "bench heartbeaters" });
const type = {
  name: "kept",
  version: 1,
  payload_schema: {},
  size: "small",
  estimate_microusd: 0,
  ceiling_microusd: 0,
  timeout_ms: 300_000,
  effect_kinds: [],
  approval: false,
  code_hash: "bench",
  description: "",
};
const decision = { rule: "default", reason: "a benchmark", tier: "small", queue: "job" };

async function register(n: number): Promise<Caller> {
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(db, {
    name: `kept-${n}`,
    instance: randomUUID(),
    key,
    host: "bench",
    // A lane that takes no hints: the window of what is measured stays as it is.
    lanes: ["recovery"],
    slots: 1,
    version: "bench",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: [type],
  });
  return { id: worker_id, key };
}

/** One job that this worker runs to the benchmark's end. */
async function hold(caller: Caller): Promise<{ jobId: string; token: string }> {
  const item = { decision, planHash: Buffer.alloc(32) };
  const admitted = { policyVersion: 1, typeVersion: 1, items: [item] };
  const [id] = await submitJobs(db, caller, { venture: config.venture, type: "kept", payloads: [{}], admitted });
  if (id === undefined) throw new Error("nothing was submitted");
  const [row] = await claimJobs(db, caller, randomUUID(), "build", [id], [1]);
  if (row?.verdict !== "claimed") throw new Error(`not claimed: ${row?.verdict}`);
  return { jobId: id, token: row.token };
}

const held: { caller: Caller; run: { jobId: string; token: string } }[] = [];
for (let n = 0; n < config.workers; n++) {
  const caller = await register(n);
  held.push({ caller, run: await hold(caller) });
}
let next = 0;
let owed = 0;
let last = performance.now();
setInterval(() => {
  const now = performance.now();
  owed += ((now - last) * held.length) / RENEW_MS;
  last = now;
  for (; owed >= 1; owed--) {
    const one = held[next++ % held.length];
    if (one === undefined) return;
    const listed = [{ ...one.run, progress: null }];
    const lanes = { recovery: { slots: 1, busy: 1, waiting: 0, turned_ago_ms: 10, hint_ago_ms: 10 } };
    heartbeat(db, one.caller, listed, { event_loop_delay_ms: 1, lanes }).catch((error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    });
  }
}, SETTLE_MS);
process.send?.({ kind: "ready" });
