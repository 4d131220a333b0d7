/**
 * The job that benchmarks run: nothing, or a wait of half a second when its payload says slow. It tells the benchmark,
 * which started the worker, how many ran and when each began, by when it was sent.
 */
import { setTimeout as wait } from "node:timers/promises";
import { defineJob, z } from "@holdpoint/sdk";

const REPORT_EVERY_MS = 50;
let count = 0;
let starts: [at: number, started: number][] = [];
let timer: NodeJS.Timeout | null = null;

function report(): void {
  timer = null;
  process.send?.({ kind: "ran", count, starts });
  count = 0;
  starts = [];
}

/** One job has run. */
export function ran(): void {
  count += 1;
  timer ??= setTimeout(report, REPORT_EVERY_MS);
}

export default defineJob({
  name: "noop",
  version: 1,
  description: "Does nothing, for benchmarks.",
  payload: z.object({ n: z.number(), slow: z.boolean().optional(), at: z.number().optional() }),
  size: "small",
  timeoutMs: 60_000,
  async run(ctx) {
    const { at } = ctx.payload;
    if (at !== undefined) starts.push([at, performance.timeOrigin + performance.now()]);
    if (ctx.payload.slow) await wait(500);
    ran();
  },
});
