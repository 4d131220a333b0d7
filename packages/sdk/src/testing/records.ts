import type { FormValues } from "@holdpoint/policy";
import type {
  EffectKind,
  EvidenceItem,
  Json,
  JobDefinition,
  Progress,
  recordedQuarantine,
  RecordedRequest,
  RunResult,
  VentureFacts,
  WaitAnswer,
} from "../index.ts";

/** Where a crash can hit: before a step's function, after it but before its result is kept, after it is kept. */
export const CRASH_MOMENTS = ["before", "during", "after"] as const;
export type CrashMoment = (typeof CRASH_MOMENTS)[number];

export interface CrashPoint {
  /** The step's name, `effect:` and the effect's key, or `wait:` and the call (`wait:approval:publish#1`). */
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

export type QuarantineRecord = ReturnType<typeof recordedQuarantine> & { id: string };

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

/** What a run parked on. */
export interface ParkedCall {
  /** Kind, name and number: `sleep:sleep#1`, `signal:paid#2`, `approval:publish#1`. */
  call: string;
  kind: "approval" | "sleep" | "signal";
  name: string;
  /** A sleep's end, a signal's timeout, an approval's expiry. */
  until: Date;
  request: RecordedRequest | null;
}

export interface SentSignal {
  id: string;
  name: string;
  data: Json;
  by: string;
  at: Date;
  /** The call that got it. */
  takenBy: string | null;
}

/** What the job's runs have asked so far, and its mailbox. */
export interface WaitState {
  version: number;
  calls: Record<string, ParkedCall & { answer: WaitAnswer | null }>;
  mailbox: SentSignal[];
}

/** What a person answers: who, and what they filled in; or why not; or nobody did in time. */
export type Answer = { approved: string; form?: FormValues } | { rejected: string; reason?: string } | "expired";

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
  /** Signals that were sent since the last run, in order. */
  signals?: readonly { name: string; data?: unknown; id?: string; by?: string }[];
  /** People's answers, by the request's name or by the call (`approval:publish#2`). */
  answers?: Readonly<Record<string, Answer>>;
  /** What earlier runs asked; `resume` hands it on. */
  waits?: WaitState;
  /** The process dies at a call that may park: before it is asked, when it is asked, or when it is told the answer. */
  crashAtWait?: { call: string; when: CrashMoment };
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
  /** What the run put in quarantine. */
  quarantined: QuarantineRecord[];
  progress: Progress[];
  /** What the run parked on; null: it ended in another way. */
  parked: ParkedCall | null;
  /** What the job's runs have asked so far, and its mailbox. */
  waits: WaitState;
  /** Every effect of the job so far, by key. */
  effects: Record<string, EffectRecord>;
  /** What the run said it spent, its effects apart. */
  spentMicrousd: number;
  /** Runs the job again, as the fleet would: next run number, same references, kept steps. No crash unless named. */
  resume(again?: Partial<RunOptions<Refs, Input>>): Promise<RunRecord<Payload, Refs, Input>>;
}
