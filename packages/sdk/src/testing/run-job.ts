import { randomUUID } from "node:crypto";
import { BugError, jsonOf, parsePayload, runResultOf } from "../index.ts";
import type { HandlerEnd, JobDefinition, Json, RunResult, VentureFacts } from "../index.ts";
import { fakeContext } from "./fake-context.ts";
import { mailboxOf } from "./fake-wait.ts";
import type { CrashPoint, EffectRecord, RunOptions, RunRecord, WaitState } from "./records.ts";

const defaultNow = new Date("2026-01-01T00:00:00Z");

/**
 * Runs a job type's handler once with a recording ctx: parses the payload, asks `resolve` (unless `refs` are given),
 * runs, and reports everything that happened. A payload that does not fit, or references that can't be resolved,
 * throw, as they would at admission.
 */
export async function runJob<Payload, Refs, Input>(
  definition: JobDefinition<Payload, Refs, Input>,
  options: RunOptions<Refs, Input>,
): Promise<RunRecord<Payload, Refs, Input>> {
  const abort = new AbortController();
  const follow = (): void => abort.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", follow, { once: true });
  if (options.signal?.aborted === true) follow();
  try {
    return await runOnce(definition, options, abort);
  } finally {
    options.signal?.removeEventListener("abort", follow);
  }
}

async function runOnce<Payload, Refs, Input>(
  definition: JobDefinition<Payload, Refs, Input>,
  options: RunOptions<Refs, Input>,
  abort: AbortController,
): Promise<RunRecord<Payload, Refs, Input>> {
  const venture = ventureOf(options.venture);
  const payload = parsePayload(definition, jsonOf(options.payload, "The payload"));
  const refs = options.refs ?? (await definition.resolve(payload, { venture, signal: abort.signal }));
  const jobId = options.jobId ?? randomUUID();
  const runNo = options.runNo ?? 1;
  const kept = new Map<string, Json>(
    Object.entries(options.kept ?? {}).map(([name, value]) => [name, jsonOf(value, `The kept step ${name}`)]),
  );
  const effects = new Map<string, EffectRecord>(Object.entries(structuredClone(options.effects ?? {})));
  const now = clockOf(options.now);
  const before = structuredClone(options.waits ?? { version: definition.version, calls: {}, mailbox: [] });
  const waits: WaitState = { ...before, mailbox: mailboxOf(before.mailbox, options.signals ?? [], now()) };
  const { ctx, recorded, crashed, parked } = fakeContext<Payload, Refs>({
    jobId,
    runNo,
    payload,
    refs: jsonOf(refs, "What resolve answered") as Refs,
    venture,
    form: options.form ?? {},
    abort,
    now,
    version: definition.version,
    waits,
    answers: options.answers ?? {},
    kept,
    effects,
    effectKinds: definition.effectKinds,
    dryRun: options.dryRun ?? false,
    crash: crashOf(options),
    abortBefore: options.abortBefore ?? null,
    onLog: options.onLog ?? (() => undefined),
  });
  const handler = definition.run(ctx).then(
    (returned): HandlerEnd => ({ returned }),
    (threw: unknown): HandlerEnd => ({ threw }),
  );
  const end = await Promise.race([handler, crashed, parked]);
  const died = "when" in end ? end : null;
  const park = "call" in end ? end : null;
  const result: RunResult =
    "when" in end
      ? { outcome: "lost", why: "lost" }
      : "call" in end
        ? { outcome: "parked" }
        : runResultOf(end, abort.signal);
  return {
    definition,
    result,
    crashed: died,
    parked: park ?? (result.outcome === "parked" ? await parked : null),
    waits,
    refs,
    ...recorded,
    logText: recorded.logs.map((entry) => (entry.stream === "log" ? `${entry.text}\n` : entry.text)).join(""),
    kept: Object.fromEntries(kept),
    effects: Object.fromEntries(effects),
    resume: (again = {}) =>
      runJob(definition, {
        ...withoutFaults(options),
        refs,
        jobId,
        runNo: runNo + 1,
        kept: Object.fromEntries(kept),
        effects: Object.fromEntries(effects),
        waits,
        ...again,
      }),
  };
}

/** The facts of a venture for tests: key `acme`, not trusted, no private addresses. */
export function ventureOf(facts: Partial<VentureFacts> = {}): VentureFacts {
  return {
    key: "acme",
    trusted: false,
    url: null,
    repository: null,
    buildCommand: null,
    allowPrivateAddresses: false,
    ...facts,
  };
}

function withoutFaults<Refs, Input>(options: RunOptions<Refs, Input>): RunOptions<Refs, Input> {
  const { crashBefore: _b, crashDuring: _d, crashAfter: _a, abortBefore: _x, signal: _s, ...rest } = options;
  const {
    crashBeforeCall: _c,
    crashAfterCall: _e,
    crashAfterReceipt: _r,
    crashAtWait: _w,
    signals: _n,
    ...calm
  } = rest;
  return calm;
}

type Crashes = Pick<
  RunOptions<unknown, unknown>,
  | "crashBefore"
  | "crashDuring"
  | "crashAfter"
  | "crashBeforeCall"
  | "crashAfterCall"
  | "crashAfterReceipt"
  | "crashAtWait"
>;

function crashOf(options: Crashes): CrashPoint | null {
  const points: CrashPoint[] = [];
  const atEffect = (key: string | undefined, when: CrashPoint["when"]) => {
    if (key !== undefined) points.push({ step: `effect:${key}`, when });
  };
  atEffect(options.crashBeforeCall, "before");
  atEffect(options.crashAfterCall, "during");
  atEffect(options.crashAfterReceipt, "after");
  if (options.crashBefore !== undefined) points.push({ step: options.crashBefore, when: "before" });
  if (options.crashDuring !== undefined) points.push({ step: options.crashDuring, when: "during" });
  if (options.crashAfter !== undefined) points.push({ step: options.crashAfter, when: "after" });
  const { crashAtWait } = options;
  if (crashAtWait !== undefined) points.push({ step: `wait:${crashAtWait.call}`, when: crashAtWait.when });
  if (points.length > 1) throw new BugError("A run crashes once: name one of its points.");
  return points[0] ?? null;
}

function clockOf(now: Date | (() => Date) | undefined): () => Date {
  if (typeof now === "function") return now;
  const fixed = now ?? defaultNow;
  return () => new Date(fixed);
}
