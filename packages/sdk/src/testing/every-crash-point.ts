import { isDeepStrictEqual } from "node:util";
import type { JobDefinition } from "../index.ts";
import { CRASH_MOMENTS } from "./records.ts";
import type { CrashPoint, EffectRecord, RunOptions, RunRecord } from "./records.ts";
import { runJob } from "./run-job.ts";

/** What a crash at one point led to. */
export interface CrashReport extends CrashPoint {
  /** How often the handler's step functions were called over both runs. */
  calls: Record<string, number>;
}

/**
 * Runs the job once in peace, then once for every crash point (before, during and after each step; after the intent, the
 * call and the receipt of each effect), resumes each
 * crashed run, and throws unless it ends the same: same outcome and result, same kept steps and receipts, same artifacts by
 * name and content. Give a function to get fresh options (a fresh world) for each try.
 */
export async function everyCrashPoint<Payload, Refs, Input>(
  definition: JobDefinition<Payload, Refs, Input>,
  options: RunOptions<Refs, Input> | (() => RunOptions<Refs, Input>),
): Promise<CrashReport[]> {
  const fresh = typeof options === "function" ? options : () => options;
  const peaceful = await runJob(definition, fresh());
  const reports: CrashReport[] = [];
  const points = [
    ...peaceful.steps.map(({ name }) => name),
    ...Object.keys(peaceful.effects).map((key) => `effect:${key}`),
  ];
  for (const name of points) {
    for (const when of CRASH_MOMENTS) {
      const first = await runJob(definition, { ...fresh(), ...crashAt(name, when) });
      if (first.crashed === null) {
        throw new Error(
          `The ${label(name)} was not reached the second time: the handler takes another way with the same input.`,
        );
      }
      const second = await first.resume();
      compare(`after a crash ${when} ${label(name)}`, endOf([peaceful]), endOf([first, second]));
      reports.push({ step: name, when, calls: countCalls([first, second], { step: name, when }) });
    }
  }
  return reports;
}

const label = (point: string) =>
  point.startsWith("effect:") ? `effect ${point.slice("effect:".length)}` : `step ${point}`;

function crashAt(step: string, when: CrashPoint["when"]) {
  if (step.startsWith("effect:")) {
    const key = step.slice("effect:".length);
    if (when === "before") return { crashBeforeCall: key };
    return when === "during" ? { crashAfterCall: key } : { crashAfterReceipt: key };
  }
  switch (when) {
    case "before":
      return { crashBefore: step };
    case "during":
      return { crashDuring: step };
    case "after":
      return { crashAfter: step };
  }
}

interface End {
  result: unknown;
  kept: Record<string, unknown>;
  artifacts: Record<string, string>;
  receipts: Record<string, unknown>;
}

function endOf<P, R, I>(runs: RunRecord<P, R, I>[]): End {
  const last = runs.at(-1);
  const artifacts = runs.flatMap((run) => run.artifacts.map(({ name, sha256 }): [string, string] => [name, sha256]));
  return {
    result: last?.result,
    kept: last?.kept ?? {},
    artifacts: Object.fromEntries(artifacts),
    receipts: receiptsOf(last?.effects ?? {}),
  };
}

const receiptsOf = (effects: Record<string, EffectRecord>) =>
  Object.fromEntries(Object.entries(effects).map(([key, effect]) => [key, [effect.state, effect.receipt]]));

function compare(where: string, expected: End, actual: End): void {
  for (const part of ["result", "kept", "artifacts", "receipts"] as const) {
    if (isDeepStrictEqual(expected[part], actual[part])) continue;
    throw new Error(
      `Not the same ${part} ${where}:\n  in peace: ${JSON.stringify(expected[part])}\n  resumed:  ${JSON.stringify(actual[part])}`,
    );
  }
}

function countCalls<P, R, I>(runs: RunRecord<P, R, I>[], crash: CrashPoint): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const step of runs.flatMap((run) => run.steps)) {
    calls[step.name] = (calls[step.name] ?? 0) + (step.reused ? 0 : 1);
  }
  for (const [key, effect] of Object.entries(runs.at(-1)?.effects ?? {})) calls[`effect:${key}`] = effect.attempts;
  // Its function ran and the process died before the result was kept: a call that left no record.
  if (crash.when === "during" && !crash.step.startsWith("effect:")) calls[crash.step] = (calls[crash.step] ?? 0) + 1;
  return calls;
}
