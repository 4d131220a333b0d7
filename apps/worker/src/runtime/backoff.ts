import { setTimeout as sleep } from "node:timers/promises";

const FIRST_MS = 50;
const LONGEST_MS = 2_000;

/** Waits before try number `attempt` (from 1): doubling from 50 ms to 2 s, with jitter. Ends early, quietly, on abort. */
export async function backoff(attempt: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10)) * (0.75 + Math.random() / 2);
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
