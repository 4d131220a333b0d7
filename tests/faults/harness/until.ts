import { setTimeout as after } from "node:timers/promises";

/** Waits for a condition; a look that throws counts as "not yet". Rejects, naming the condition, when the bound passes. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  boundMs = 30_000,
  everyMs = 50,
): Promise<void> {
  const deadline = performance.now() + boundMs;
  let last: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`not within ${boundMs} ms: ${what}`, { cause: last });
    await after(everyMs);
  }
}
