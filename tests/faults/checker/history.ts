import type { Break } from "@holdpoint/db/audit";

/**
 * What the harness recorded of one run: plain data, so that the checker's own tests can write broken histories by hand.
 * Times are the database's, in microseconds.
 */
import type { JobState } from "@holdpoint/policy";

export interface RecordedEvent {
  stream: string;
  seq: number;
  type: string;
  at: number;
  /** The run that the event's body names. */
  run: number | null;
  body: string;
  hash: string;
}

export interface RecordedJob {
  id: string;
  venture: string;
  type: string;
  queue: string;
  state: JobState;
  /** The block of its line, when it is queued behind one. */
  blockedBy: string | null;
  /** Whether it waits for a later time of its own. */
  runsLater: boolean;
  /** Its venture has as many open approvals as it may: admission asks for this one when some are decided. */
  putOff: boolean;
  /** When it had to start, and to end, at the latest. */
  startBy: number | null;
  endBy: number | null;
  head: string;
  seq: number;
}

export interface RecordedRun {
  jobId: string;
  runNo: number;
  workerId: string;
  token: string;
  startedAt: number;
  endedAt: number | null;
  outcome: string | null;
}

/** What an event says beside its type; empty: nothing. */
export function dataOf(event: RecordedEvent): Record<string, unknown> {
  return (JSON.parse(event.body) as { data?: Record<string, unknown> }).data ?? {};
}

/** A call of the workload: `info` means that nobody knows whether it took effect. */
export interface RecordedCall {
  verb: string;
  outcome: "ok" | "fail" | "info";
  jobId: string | null;
}

/** A write that the system accepted from a run (a step, evidence, an artifact), under its token. */
export interface RecordedWrite {
  jobId: string;
  runNo: number;
  token: string;
  at: number;
}

export interface RecordedStop {
  block: string;
  effectiveAt: number;
  liftedAt: number | null;
}

/** From when until when nothing in scope was to be claimed; `until` null: it still holds. */
export interface RecordedPause {
  scope: "everything" | "lane" | "queue" | "venture" | "type";
  key: string;
  from: number;
  until: number | null;
}

/** A worker that was drained or killed, and until when: it was never undrained when that is null. */
export interface RecordedDrain {
  workerId: string;
  from: number;
  until: number | null;
}

/** What may be open at once of these jobs: a venture's limit, a type's, or a concurrency key. */
export interface RecordedLimit {
  what: string;
  max: number;
  jobIds: string[];
}

/** Jobs with one concurrency key, and what becomes of one that comes while the key is full. */
export interface RecordedKey {
  what: string;
  strategy: "queue" | "skip" | "cancel_old" | "newest_waiting";
  jobIds: string[];
}

/** An outside provider, the types that name it, and what was written to people of it. */
export interface RecordedProvider {
  name: string;
  types: string[];
  rate: { max: number; perMicros: number } | null;
  /** Alerts of a pause, of an outage. */
  pauseAlerts: number;
  outageAlerts: number;
}

/** One trigger of a debounce, in the order in which they were sent; jobId null: nobody knows whether it took effect. */
export interface RecordedTrigger {
  key: string;
  n: number;
  jobId: string | null;
}

/** A job that triggers made: the trigger whose payload it has at last, and that which its run had. */
export interface RecordedDebounced {
  jobId: string;
  key: string;
  n: number;
  ranWith: number | null;
  maxDelayMicros: number;
}

export interface RecordedEffect {
  /** Its idempotency key at the provider. */
  key: string;
  hasReceipt: boolean;
}

/** The record of a dead or quarantined job. */
export interface RecordedIncident {
  id: string;
  jobId: string;
  state: string;
  openedAt: number;
  resolvedAt: number | null;
  resolution: string | null;
  /** A decision that resolved it was undone. */
  undone: boolean;
}

/** An operation on many jobs, with what it wrote down at its start. */
export interface RecordedOperation {
  id: string;
  verb: "release" | "discard";
  asOf: number;
  state: "running" | "stopped" | "done";
  /** first: it gave one of two approvals, and the record stays open for the other. */
  items: { incidentId: string; state: "pending" | "done" | "refused" | "skipped"; first: boolean }[];
}

/** A job that was made from another. */
export interface RecordedLink {
  jobId: string;
  ofJob: string;
  kind: "edit" | "replay";
}

/** What was sent to a job, and the call that got it. */
export interface RecordedSignal {
  jobId: string;
  no: number;
  id: string;
  takenBy: string | null;
}

export interface SeenEvent {
  stream: string;
  seq: number;
}

/** What recomputing everything found. */
export interface RecordedAudit {
  breaks: Break[];
  /** Breaks of proof packs. */
  packs: Break[];
  checkpoints: number;
  anchors: number;
}

export interface History {
  jobs: RecordedJob[];
  runs: RecordedRun[];
  jobEvents: RecordedEvent[];
  ventureEvents: RecordedEvent[];
  calls: RecordedCall[];
  writes: RecordedWrite[];
  stops: RecordedStop[];
  pauses: RecordedPause[];
  drains: RecordedDrain[];
  limits: RecordedLimit[];
  keys: RecordedKey[];
  providers: RecordedProvider[];
  triggers: RecordedTrigger[];
  debounced: RecordedDebounced[];
  effects: RecordedEffect[];
  incidents: RecordedIncident[];
  operations: RecordedOperation[];
  links: RecordedLink[];
  /** What the provider outside really did, by idempotency key, as often as it did it. */
  charges: string[];
  signals: RecordedSignal[];
  /** Ids of signals whose sending was acknowledged. */
  sent: string[];
  /** What runs were told, as they kept it. */
  told: { jobId: string; signal: string }[];
  /** Rules of money that the database's rows broke. */
  brokenMoney: Violation[];
  audit: RecordedAudit;
  /** What a feed reader that was cut off at random saw, in its order. */
  seen: SeenEvent[];
  /** Milliseconds from the last fault until nothing moved any more; null when the bound passed first. */
  settledAfterMs: number | null;
  settleBoundMs: number;
}

export interface Violation {
  rule: string;
  subject: string;
  finding: string;
}
