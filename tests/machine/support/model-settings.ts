import fc from "fast-check";
import type { Arbitrary, Parameters } from "fast-check";

/** How long a model test runs: HOLDPOINT_MODEL_SECONDS, else `seconds`. */
export const modelSeconds = (seconds: number): number => Number(process.env["HOLDPOINT_MODEL_SECONDS"] ?? seconds);

/**
 * Runs a history after another for the given time. Prints the seed; HOLDPOINT_MODEL_SEED replays one (with
 * HOLDPOINT_MODEL_PATH only the history that failed).
 */
export async function checkFor<T>(
  seconds: number,
  histories: Arbitrary<T>,
  run: (history: T) => Promise<void>,
  more: Pick<Parameters<[T]>, "endOnFailure"> = {},
): Promise<void> {
  const seed = Number(process.env["HOLDPOINT_MODEL_SEED"] ?? Date.now() % 2 ** 31);
  const path = process.env["HOLDPOINT_MODEL_PATH"];
  console.log(`HOLDPOINT_MODEL_SEED=${seed}`);
  let last: Promise<void> = Promise.resolve();
  const property = fc.asyncProperty(histories, (history) => (last = run(history)));
  const result = await fc.check(property, {
    seed,
    ...(path !== undefined && { path }),
    numRuns: 1_000_000,
    interruptAfterTimeLimit: seconds * 1_000,
    markInterruptAsFailure: false,
    ...more,
  });
  console.log(`${result.numRuns} histories`);
  if (!result.failed || (result.interrupted && result.numRuns === 0)) {
    // The time ran out in the middle of a history, perhaps of the first; it is finished like the others.
    await last;
    return;
  }
  const replay = `HOLDPOINT_MODEL_SEED=${result.seed} HOLDPOINT_MODEL_PATH=${result.counterexamplePath}`;
  const shrunk = more.endOnFailure === true ? "" : `\n${fc.stringify(result.counterexample)}`;
  throw new Error(`after ${result.numRuns} histories; replay with ${replay}${shrunk}`, { cause: result.errorInstance });
}
