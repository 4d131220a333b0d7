import type { FormValues } from "@holdpoint/policy";
import type { EffectKind, EvidenceItem, Json, JobDefinition, Progress, RunResult, VentureFacts } from "../index.ts";

/** Where a crash can hit: before a step's function, after it but before its result is kept, after it is kept. */
export const CRASH_MOMENTS = ["before", "during", "after"] as const;
export type CrashMoment = (typeof CRASH_MOMENTS)[number];

export interface CrashPoint {
  /** The step's name, or `effect:` and the effect's key. */
  step: string;
  when: CrashMoment;
}

export interface StepRecord {
  name: string;
  /** True: an earlier run had kept the result, the function was not called. */
  reused: boolean;
  result: Json;
  at: Date;
}

export interface LogRecord {
  stream: "log" | "stdout" | "stderr";
  text: string;
  at: Date;
}

export interface ArtifactRecord {
  id: string;
  name: string;
  mediaType: string;
  facts: Record<string, unknown>;
  body: Buffer;
  bytes: number;
  sha256: string;
}

export type EvidenceRecord = EvidenceItem & { seenAt: Date; staleAt: Date };

/** One effect of a job, as far as its runs know: `open` when nobody recorded how the call ended. */
export interface EffectRecord {
  kind: EffectKind;
  settle: "safe_retry" | "reconcile";
  state: "open" | "done" | "not_done" | "unknown";
  /** How often its call was begun. */
  attempts: number;
  receipt: Json;
  costMicrousd: number | null;
  maxMicrousd: number | null;
}

/** What `runJob` is told. Everything but the payload has a default. */
export interface RunOptions<Refs, Input> {
  /** As a submitter would write it; it goes through JSON and the type's schema. */
  payload: Input;
  venture?: Partial<VentureFacts>;
  /** What the approver filled in. */
  form?: FormValues;
  /** Instead of calling `resolve`. */
  refs?: Refs;
  /** The clock of the run: a fixed time, or a function that is asked each time. 2026-01-01 by default. */
  now?: Date | (() => Date);
  /** The process dies before the function of this step is called. */
  crashBefore?: string;
  /** The process dies when the step's function has returned, before its result is kept. */
  crashDuring?: string;
  /** The process dies right after the step's result was kept. */
  crashAfter?: string;
  /** The run's signal fires for this cause just before the step. */
  abortBefore?: { step: string; why: "canceled" | "stopped" | "timeout" | "shutdown" };
  /** Aborts the run from outside; its reason should be a RunAborted. */
  signal?: AbortSignal;
  /** The process dies when the effect's intent is committed, before its call. */
  crashBeforeCall?: string;
  /** The process dies when the effect's call was made, before its receipt is kept. */
  crashAfterCall?: string;
  /** The process dies right after the effect's receipt was kept. */
  crashAfterReceipt?: string;
  /** Effects that earlier runs began or did. */
  effects?: Readonly<Record<string, EffectRecord>>;
  /** Step results that earlier runs kept. */
  kept?: Readonly<Record<string, unknown>>;
  jobId?: string;
  runNo?: number;
  /** As a dry run: no effect is called; each is recorded as not done. */
  dryRun?: boolean;
  /** Called for each piece of log as it comes. */
  onLog?: (record: LogRecord) => void;
}

/** Everything that one run did. */
export interface RunRecord<Payload, Refs, Input> {
  definition: JobDefinition<Payload, Refs, Input>;
  /** How the run ended; a run that crashed is `lost`. */
  result: RunResult;
  crashed: CrashPoint | null;
  refs: Refs | null;
  steps: StepRecord[];
  /** All step results that are kept by now, also of earlier runs. */
  kept: Record<string, Json>;
  logs: LogRecord[];
  /** The log as one text. */
  logText: string;
  artifacts: ArtifactRecord[];
  evidence: EvidenceRecord[];
  progress: Progress[];
  /** Every effect of the job so far, by key. */
  effects: Record<string, EffectRecord>;
  /** What the run said it spent, its effects apart. */
  spentMicrousd: number;
  /** Runs the job again, as the fleet would: next run number, same references, kept steps. No crash unless named. */
  resume(again?: Partial<RunOptions<Refs, Input>>): Promise<RunRecord<Payload, Refs, Input>>;
}
