import type { EffectCall, EffectOptions } from "./effect.ts";
import type { FormValues } from "@holdpoint/policy";
import type { Quarantined, QuarantineItem } from "./quarantine.ts";
import type { Approval, ApprovalRequest, Duration, Signal } from "./wait.ts";

/** The venture a run works for. */
export interface VentureFacts {
  key: string;
  trusted: boolean;
  url: string | null;
  repository: string | null;
  buildCommand: string | null;
  allowPrivateAddresses: boolean;
}

/** Writes lines to the run's log. Text may contain several lines; a run's log is capped, its head and tail are kept. */
export interface RunLog {
  (text: string): void;
  /** Output of a command, as it comes: chunks, not lines. */
  stdout(text: string): void;
  stderr(text: string): void;
}

/** A share between 0 and 1, or counted work with a short note. */
export type Progress = number | { done: number; total?: number; note?: string };

export type ArtifactContent = { path: string; body?: never } | { body: string | Uint8Array; path?: never };

export type ArtifactInput = ArtifactContent & {
  mediaType: string;
  /** JSON facts shown beside the file, e.g. the commit it was built from. */
  facts?: Record<string, unknown>;
};

export interface StoredArtifact {
  id: string;
  bytes: number;
  sha256: string;
}

/** One observation. It counts for `lifetimeMs` after it was seen; then the label falls by itself. */
export interface EvidenceItem {
  /** What was looked at, e.g. a URL. */
  subject: string;
  /** Which property of it, e.g. `http` or `tls`. */
  kind: string;
  ok: boolean;
  /** One sentence for a person. */
  finding: string;
  facts?: Record<string, unknown>;
  lifetimeMs: number;
}

/** What a handler gets for one run. Everything it does outside goes through here or is its own responsibility. */
export interface JobContext<Payload = unknown, Refs = unknown> {
  /** dryRun: effects are recorded and not called; `ctx.effect` answers with its `dry` result, or undefined. */
  readonly job: { readonly id: string; readonly runNo: number; readonly dryRun: boolean };
  /** Parsed by the job type's schema, defaults filled in. */
  readonly payload: Payload;
  /** What `resolve` answered before admission; part of the approved plan. */
  readonly refs: Refs;
  readonly venture: Readonly<VentureFacts>;
  /** Fires on cancel, stop, timeout, loss of the lease and shutdown; its `reason` is a RunAborted. */
  readonly signal: AbortSignal;
  readonly log: RunLog;
  /** The time on this machine. Read it here and a test can set it; never use it to decide about leases. */
  now(): Date;
  progress(progress: Progress): void;
  /**
   * Runs `fn` and keeps its result; a later run of the same job gets the kept result and does not call `fn`. Names are
   * unique in a job. `fn` runs at least once until its result is recorded. The result must be plain JSON.
   */
  step<T>(name: string, fn: () => T | Promise<T>): Promise<T>;
  /**
   * Does one thing outside: a deploy, a push, a payment, a message. The intent is committed before `fn` is called and its
   * receipt after it; a later run of the job gets the receipt and does not call. See `EffectOptions` for what happens
   * when the process dies between the two. The receipt must be plain JSON.
   */
  effect<T>(options: EffectOptions<T>, fn: (call: EffectCall) => T | Promise<T>): Promise<T>;
  /**
   * Parks until a time, or for a while: the run ends, its lease and money are given back, and a later run, in which
   * every step has its kept result, gets past this call. The first run's time counts. Parks are known by their order.
   */
  sleep(until: Date | Duration): Promise<void>;
  /**
   * Parks until a signal of this name was sent (`holdpoint jobs send`), or the time has run out: null then. A signal that
   * was sent before counts. Several calls with one name get its signals in the order in which they were sent.
   */
  waitFor<T = unknown>(name: string, options: { readonly timeout: Duration }): Promise<Signal<T> | null>;
  /**
   * Parks until a person has approved this very request, and answers with who and what they filled in. By default a no
   * ends the job. Do nothing outside between here and what it is for: see `otherwise`, and docs/waits.md.
   */
  approval(request: ApprovalRequest): Promise<Approval>;
  /** Adds to what this run has cost, in micro-dollars; what effects cost is counted by themselves. */
  spent(microusd: number): void;
  /** What the approver of this run filled in, by the names of the type's `form`; empty without an approval. */
  form(): Promise<FormValues>;
  /** Keeps a file of the run. Names are unique in a run. */
  artifact(name: string, input: ArtifactInput): Promise<StoredArtifact>;
  /** Records observations about the venture. */
  evidence(items: readonly EvidenceItem[]): Promise<void>;
  /**
   * Puts something in quarantine that the run found: a page, a payload, a webhook, an artifact by its id. A person releases
   * or discards it; the run goes on (throw `Unsafe` when the job itself must not). What is in quarantine stays one record.
   */
  quarantine(found: QuarantineItem): Promise<Quarantined>;
}

/** What `resolve` gets besides the payload. */
export interface ResolveContext {
  readonly venture: Readonly<VentureFacts>;
  readonly signal: AbortSignal;
}
