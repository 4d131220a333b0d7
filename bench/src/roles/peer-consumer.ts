/** The consumer of a peer: says ready, counts, and says done with the time at which the last job had ended. */
import { setTimeout as wait } from "node:timers/promises";
import { epochMs } from "../frame/clock.ts";
import { readConfig, SLOW_MS, type PeerConfig } from "./config.ts";
import { startConsumer, unfinished } from "./peer-queues.ts";

const config = readConfig<PeerConfig>();
let starts: [at: number, started: number][] = [];
let ran = 0;
let phase = 0;
let goal = config.phases[0] ?? 0;

await startConsumer(config, async (payload) => {
  if (payload.at !== undefined) starts.push([payload.at, epochMs()]);
  if (payload.slow) await wait(SLOW_MS);
  if (++ran === goal) endPhase();
});
process.send?.({ kind: "ready" });

function endPhase(): void {
  goal += config.phases[++phase] ?? 0;
  if (starts.length > 0) process.send?.({ kind: "ran", count: ran, starts });
  starts = [];
  // The last acknowledgements are on their way.
  setImmediate(() => void settled().then((at) => process.send?.({ kind: "done", at, figures: {} })));
}

async function settled(): Promise<number> {
  while ((await unfinished(config)) > 0) await wait(5);
  return epochMs();
}
