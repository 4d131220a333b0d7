import { isDeepStrictEqual } from "node:util";
import type { JobDefinition } from "../index.ts";
import { CRASH_MOMENTS } from "./records.ts";
import type { CrashPoint, EffectRecord, ParkedCall, RunOptions, RunRecord } from "./records.ts";
import { runJob } from "./run-job.ts";

/** What a crash at one point led to. */
export interface CrashReport extends CrashPoint {
  /** How often the handler's step functions were called over both runs. */
  calls: Record<string, number>;
}

/**
 * Runs the job once in peace, then once for every crash point (before, during and after each step; after the intent, the
 * call and the receipt of each effect; before, at and after each call that may park), resumes each
 * crashed run, and throws unless it ends the same: same outcome and result, same kept steps and receipts, same artifacts by
 * name and content, same signals to the same calls. Give a function to get fresh options (a fresh world) for each try.
 * `goOn` says what a parked run goes on with: a person's answer, a signal, a later time; a sleep passes by itself.
 */
export async function everyCrashPoint<Payload, Refs, Input>(
  definition: JobDefinition<Payload, Refs, Input>,
  options: RunOptions<Refs, Input> | (() => RunOptions<Refs, Input>),
  goOn: GoOn<Refs, Input> = sleepPasses,
): Promise<CrashReport[]> {
  const fresh = typeof options === "function" ? options : () => options;
  const peace = await toItsEnd(definition, fresh(), {}, goOn);
  const peaceful = peace.at(-1);
  if (peaceful === undefined) throw new Error("The job did not run.");
  const reports: CrashReport[] = [];
  const points = [
    ...peaceful.steps.map(({ name }) => name),
    ...Object.keys(peaceful.effects).map((key) => `effect:${key}`),
    ...Object.keys(peaceful.waits.calls).map((call) => `wait:${call}`),
  ];
  for (const name of points) {
    for (const when of CRASH_MOMENTS) {
      const runs = await toItsEnd(definition, fresh(), crashAt(name, when), goOn);
      if (!runs.some((run) => run.crashed !== null)) {
        throw new Error(
          `The ${label(name)} was not reached the second time: the handler takes another way with the same input.`,
        );
      }
      compare(`after a crash ${when} ${label(name)}`, endOf(peace), endOf(runs));
      reports.push({ step: name, when, calls: countCalls(runs, { step: name, when }) });
    }
  }
  return reports;
}

/** What a run that parked goes on with. */
export type GoOn<Refs, Input> = (parked: ParkedCall) => Partial<RunOptions<Refs, Input>>;

const MAX_RUNS = 100;

function sleepPasses(parked: ParkedCall): { now: Date } {
  if (parked.kind === "sleep") return { now: parked.until };
  throw new Error(`The run parked on ${parked.call}: tell everyCrashPoint what it goes on with.`);
}

/** Every run of a job, until one neither parks nor crashes. The crash stays set until it has happened. */
async function toItsEnd<Payload, Refs, Input>(
  definition: JobDefinition<Payload, Refs, Input>,
  options: RunOptions<Refs, Input>,
  crash: Partial<RunOptions<Refs, Input>>,
  goOn: GoOn<Refs, Input>,
): Promise<RunRecord<Payload, Refs, Input>[]> {
  const runs = [await runJob(definition, { ...options, ...crash })];
  // What was answered stays answered, and time does not go back.
  let sofar: Partial<RunOptions<Refs, Input>> = {};
  for (let run = runs[0]; run !== undefined && runs.length < MAX_RUNS; run = runs.at(-1)) {
    if (run.parked === null && run.crashed === null) return runs;
    const again = run.parked === null ? {} : goOn(run.parked);
    const { signals, ...kept } = again;
    sofar = { ...sofar, ...kept, answers: { ...sofar.answers, ...kept.answers } };
    const crashed = runs.some((one) => one.crashed !== null);
    runs.push(await run.resume({ ...sofar, ...(signals === undefined ? {} : { signals }), ...(crashed ? {} : crash) }));
  }
  throw new Error(`The job did not end in ${MAX_RUNS} runs.`);
}

function label(point: string): string {
  const [kind, rest] = [point.slice(0, point.indexOf(":")), point.slice(point.indexOf(":") + 1)];
  return kind === "effect" || kind === "wait" ? `${kind} ${rest}` : `step ${point}`;
}

function crashAt(step: string, when: CrashPoint["when"]) {
  if (step.startsWith("effect:")) {
    const key = step.slice("effect:".length);
    if (when === "before") return { crashBeforeCall: key };
    return when === "during" ? { crashAfterCall: key } : { crashAfterReceipt: key };
  }
  if (step.startsWith("wait:")) return { crashAtWait: { call: step.slice("wait:".length), when } };
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
  signals: Record<string, string | null>;
}

function endOf<P, R, I>(runs: RunRecord<P, R, I>[]): End {
  const last = runs.at(-1);
  const artifacts = runs.flatMap((run) => run.artifacts.map(({ name, sha256 }): [string, string] => [name, sha256]));
  return {
    result: last?.result,
    kept: last?.kept ?? {},
    artifacts: Object.fromEntries(artifacts),
    receipts: receiptsOf(last?.effects ?? {}),
    signals: Object.fromEntries((last?.waits.mailbox ?? []).map(({ id, takenBy }) => [id, takenBy])),
  };
}

const receiptsOf = (effects: Record<string, EffectRecord>) =>
  Object.fromEntries(Object.entries(effects).map(([key, effect]) => [key, [effect.state, effect.receipt]]));

function compare(where: string, expected: End, actual: End): void {
  for (const part of ["result", "kept", "artifacts", "receipts", "signals"] as const) {
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
  if (crash.when === "during" && !/^(effect|wait):/.test(crash.step)) calls[crash.step] = (calls[crash.step] ?? 0) + 1;
  return calls;
}
