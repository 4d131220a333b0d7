import type { FormValues } from "@holdpoint/policy";
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { addCost, BugError, jsonOf, recordedQuarantine, RunAborted } from "../index.ts";
import type { ArtifactInput, EvidenceItem, JobContext, Json, Progress, RunLog, VentureFacts } from "../index.ts";
import { fakeEffect } from "./fake-effect.ts";
import { fakeWaits } from "./fake-wait.ts";
import type {
  Answer,
  ArtifactRecord,
  CrashPoint,
  EffectRecord,
  EvidenceRecord,
  LogRecord,
  ParkedCall,
  QuarantineRecord,
  StepRecord,
  WaitState,
} from "./records.ts";

export interface FakeRun<Payload, Refs> {
  jobId: string;
  runNo: number;
  payload: Payload;
  refs: Refs;
  venture: VentureFacts;
  form: FormValues;
  abort: AbortController;
  now: () => Date;
  kept: Map<string, Json>;
  effects: Map<string, EffectRecord>;
  effectKinds: readonly string[];
  dryRun: boolean;
  version: number;
  waits: WaitState;
  answers: Readonly<Record<string, Answer>>;
  crash: CrashPoint | null;
  abortBefore: { step: string; why: "canceled" | "stopped" | "timeout" | "shutdown" } | null;
  onLog: (record: LogRecord) => void;
}

export interface Recorded {
  steps: StepRecord[];
  logs: LogRecord[];
  artifacts: ArtifactRecord[];
  evidence: EvidenceRecord[];
  quarantined: QuarantineRecord[];
  progress: Progress[];
  spentMicrousd: number;
}

/**
 * A ctx that records. `crashed` resolves when the named crash point is reached; from then on the process counts as
 * dead: nothing more is recorded and no call on this ctx ever returns, as little as a killed process would go on.
 * `parked` resolves when the run has parked.
 */
export function fakeContext<Payload, Refs>(
  run: FakeRun<Payload, Refs>,
): {
  ctx: JobContext<Payload, Refs>;
  recorded: Recorded;
  crashed: Promise<CrashPoint>;
  parked: Promise<ParkedCall>;
} {
  const recorded: Recorded = {
    steps: [],
    logs: [],
    artifacts: [],
    evidence: [],
    quarantined: [],
    progress: [],
    spentMicrousd: 0,
  };
  const { promise: crashed, resolve: crash } = Promise.withResolvers<CrashPoint>();
  const { promise: parked, resolve: park } = Promise.withResolvers<ParkedCall>();
  const life = { dead: false };
  const crashIf = (step: string, when: CrashPoint["when"]): Promise<void> => {
    if (run.crash?.step === step && run.crash.when === when) {
      life.dead = true;
      crash(run.crash);
    }
    return life.dead ? never() : Promise.resolve();
  };
  const whenAlive = (record: () => void): void => {
    if (!life.dead) record();
  };

  const { sleep, waitFor, approval } = fakeWaits(run, crashIf, park);
  const ctx: JobContext<Payload, Refs> = {
    sleep,
    waitFor,
    approval,
    job: { id: run.jobId, runNo: run.runNo, dryRun: run.dryRun },
    payload: run.payload,
    refs: run.refs,
    venture: run.venture,
    signal: run.abort.signal,
    now: run.now,
    log: fakeLog((record) => whenAlive(() => (recorded.logs.push(record), run.onLog(record))), run.now),
    progress: (progress) => whenAlive(() => recorded.progress.push(checkProgress(progress))),
    step: fakeStep(run, recorded, crashIf),
    effect: fakeEffect(run, crashIf),
    spent: (microusd) => whenAlive(() => (recorded.spentMicrousd = addCost(recorded.spentMicrousd, microusd))),
    form: () => (life.dead ? never() : Promise.resolve(run.form)),
    async artifact(name, input) {
      if (life.dead) return never();
      const stored = await readArtifact(name, input, recorded.artifacts);
      recorded.artifacts.push(stored);
      return { id: stored.id, bytes: stored.bytes, sha256: stored.sha256 };
    },
    async evidence(items) {
      if (life.dead) return never();
      recorded.evidence.push(...items.map((item) => checkEvidence(item, run.now())));
    },
    async quarantine(found) {
      if (life.dead) return never();
      const item = recordedQuarantine(found);
      const there = recorded.quarantined.find((one) => one.kind === item.kind && one.subject === item.subject);
      if (there) return { id: there.id, opened: false };
      const record = { ...item, id: randomUUID() };
      recorded.quarantined.push(record);
      return { id: record.id, opened: true };
    },
  };
  return { ctx, recorded, crashed, parked };
}

function fakeStep<Payload, Refs>(
  run: FakeRun<Payload, Refs>,
  recorded: Recorded,
  crashIf: (step: string, when: CrashPoint["when"]) => Promise<void>,
) {
  const named = new Set<string>();
  // A result is read back from the JSON that was kept, in the first run as in a later one.
  return async function step<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
    if (name.length < 1 || name.length > 200)
      throw new BugError(`A step's name has 1 to 200 characters, got ${name.length}.`);
    if (named.has(name)) throw new BugError(`Step ${name} is named twice; names are unique in a job.`);
    named.add(name);
    await crashIf(name, "before");
    const kept = run.kept.get(name);
    if (kept !== undefined) {
      recorded.steps.push({ name, reused: true, result: kept, at: run.now() });
      return structuredClone(kept) as T;
    }
    if (run.abortBefore?.step === name) run.abort.abort(new RunAborted(run.abortBefore.why));
    run.abort.signal.throwIfAborted();
    const result = jsonOf(await fn(), `The result of step ${name}`);
    await crashIf(name, "during");
    run.kept.set(name, result);
    recorded.steps.push({ name, reused: false, result, at: run.now() });
    await crashIf(name, "after");
    return structuredClone(result) as T;
  };
}

function fakeLog(record: (entry: LogRecord) => void, now: () => Date): RunLog {
  const write = (stream: LogRecord["stream"]) => (text: string) => record({ stream, text, at: now() });
  return Object.assign(write("log"), { stdout: write("stdout"), stderr: write("stderr") });
}

async function readArtifact(name: string, input: ArtifactInput, earlier: ArtifactRecord[]): Promise<ArtifactRecord> {
  if (earlier.some((artifact) => artifact.name === name)) {
    throw new BugError(`Artifact ${name} is kept twice; names are unique in a run.`);
  }
  const body = input.path === undefined ? Buffer.from(input.body) : await readFile(input.path);
  const facts = input.facts ?? {};
  jsonOf(facts, `The facts of artifact ${name}`);
  const sha256 = createHash("sha256").update(body).digest("hex");
  return { id: randomUUID(), name, mediaType: input.mediaType, facts, body, bytes: body.length, sha256 };
}

function checkProgress(progress: Progress): Progress {
  const share =
    typeof progress === "number" ? progress : progress.done / (progress.total ?? Math.max(progress.done, 1));
  if (!(share >= 0 && share <= 1)) throw new BugError(`Progress lies between 0 and 1, got ${share}.`);
  return progress;
}

function checkEvidence(item: EvidenceItem, now: Date): EvidenceRecord {
  if (!(item.lifetimeMs > 0)) throw new BugError(`Evidence needs a lifetime above 0 ms, got ${item.lifetimeMs}.`);
  jsonOf(item.facts ?? {}, `The facts of the evidence about ${item.subject}`);
  return { ...item, seenAt: now, staleAt: new Date(now.getTime() + item.lifetimeMs) };
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
