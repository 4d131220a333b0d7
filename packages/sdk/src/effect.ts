import { BugError, HandlerError, RetryAfter, TransientError, UnsafeError } from "./errors.ts";
import { jsonOf } from "./json.ts";
import type { Json } from "./json.ts";
import type { EffectKind } from "./names.ts";

/** What the call outside gets. */
export interface EffectCall {
  /** For the provider's idempotency header: the same for every attempt at this effect of this job. */
  readonly idempotencyKey: string;
  /** From 1; above 1 an earlier attempt may have happened. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** What looking it up at the provider told. */
export type Reconciled<T> = { happened: true; receipt: T } | { happened: false } | { happened: "unknown" };

/** One thing a run does outside. Needs a kind that the job type declares. */
export interface EffectOptions<T> {
  /** Unique in the job; 1 to 200 characters. The same in every run, so that a later one knows what this one did. */
  readonly key: string;
  readonly kind: EffectKind;
  /**
   * How a later run settles an intent whose outcome is not known: `safe_retry` calls again with the same idempotency
   * key, while the provider still knows it; `reconcile` asks the provider first.
   */
  readonly settle: "safe_retry" | "reconcile";
  /** The most it may cost, in micro-dollars; set aside from the run's reservation. Kind `spend` needs one. */
  readonly max?: number;
  /** With `safe_retry`: how long the provider tells a repeated key. After that it is reconciled instead. */
  readonly dedupeMs?: number;
  /** The call begins within this time of its intent, or not at all; 30 s by default. */
  readonly withinMs?: number;
  /** What it really cost, in micro-dollars; its `max` by default. */
  readonly costOf?: (receipt: T) => number;
  /** What a dry run gets in place of a receipt, since it calls nothing. Without it a dry run gets undefined. */
  readonly dry?: T;
  /** Asks the provider whether it happened. Without it nobody can tell, and the job goes to quarantine. */
  readonly reconcile?: (call: EffectCall) => Promise<Reconciled<T>> | Reconciled<T>;
}

/** What the runtime keeps of effects; the steps between are the same for every runtime. */
export interface EffectBook {
  begin(intent: {
    key: string;
    kind: EffectKind;
    settle: "safe_retry" | "reconcile";
    maxMicrousd: number | null;
    dedupeMs: number | null;
    withinMs: number;
    reconciled: boolean;
  }): Promise<BegunEffect>;
  finish(
    key: string,
    end:
      | { outcome: "done"; receipt: Json; costMicrousd: number | null }
      | { outcome: "not_done" | "unknown"; finding: string },
  ): Promise<unknown>;
}

export type BegunEffect =
  | { state: "call"; within_ms: number; attempt: number }
  | { state: "done"; receipt: unknown }
  | { state: "wait"; wait_ms: number }
  /** The job is a dry run: the intent is recorded as not done, and nothing may be called. */
  | { state: "dry_run" }
  | { state: "reconcile"; intent_at: string };

/** Throw it from an effect's function when the provider's answer says that nothing happened: its money is returned. */
export class EffectNotDone extends HandlerError {
  readonly errorClass = "transient";
}

/** Nobody can tell whether an effect happened: a person must. The job goes to quarantine. */
export class EffectUnknown extends UnsafeError {}

export interface EffectRun {
  readonly jobId: string;
  readonly signal: AbortSignal;
  /** Milliseconds since `mark()`, on the clock that errs to longer. */
  mark(): () => number;
}

/**
 * Does one thing outside, at most once as far as its provider allows: commits the intent, looks at clock and abort
 * right before the call, calls, commits the receipt, and answers with it. A later run of the job gets the receipt of an
 * earlier one without a call.
 */
export async function runEffect<T>(
  book: EffectBook,
  run: EffectRun,
  options: EffectOptions<T>,
  fn: (call: EffectCall) => T | Promise<T>,
): Promise<T> {
  check(options);
  const { key } = options;
  const idempotencyKey = `holdpoint:${run.jobId}:${key}`;
  let sinceSent = run.mark();
  let known = false;
  let begun = await book.begin(intentOf(options, false));
  if (begun.state === "reconcile") {
    const asked = { idempotencyKey, attempt: 1, signal: run.signal };
    const found: Reconciled<T> =
      options.reconcile === undefined ? { happened: "unknown" } : await options.reconcile(asked);
    if (found.happened === true) return await keep(book, options, found.receipt);
    if (found.happened === "unknown") {
      const finding = `Nobody can tell whether the effect ${key} happened.`;
      await book.finish(key, { outcome: "unknown", finding });
      throw new EffectUnknown(finding, { reason: "effect_unknown" });
    }
    known = true;
    sinceSent = run.mark();
    begun = await book.begin(intentOf(options, true));
  }
  if (begun.state === "done") return begun.receipt as T;
  if (begun.state === "dry_run") return structuredClone(options.dry) as T;
  if (begun.state === "wait") {
    throw new RetryAfter(
      begun.wait_ms,
      `An earlier run may still be doing the effect ${key}; it is settled after that.`,
    );
  }
  if (begun.state !== "call") throw new BugError(`Effect ${key} was reconciled and is to be reconciled again.`);
  if (run.signal.aborted || sinceSent() >= begun.within_ms) {
    // Of an earlier attempt nobody knows yet: its intent stays open, and a later run settles it.
    if (begun.attempt === 1 || known)
      await book.finish(key, { outcome: "not_done", finding: "The call was not made: too late, or aborted." });
    run.signal.throwIfAborted();
    throw new TransientError(`Effect ${key} was not begun: its time had run out.`);
  }
  let receipt: T;
  try {
    receipt = await fn({ idempotencyKey, attempt: begun.attempt, signal: run.signal });
  } catch (error) {
    // By name as well: a handler may bring its own copy of this package.
    if (error instanceof Error && error.name === "EffectNotDone")
      await book.finish(key, { outcome: "not_done", finding: error.message });
    throw error;
  }
  return await keep(book, options, receipt);
}

async function keep<T>(book: EffectBook, options: EffectOptions<T>, receipt: T): Promise<T> {
  const stored = jsonOf(receipt, `The receipt of effect ${options.key}`);
  const costMicrousd = options.costOf?.(receipt) ?? null;
  if (costMicrousd !== null && !(Number.isSafeInteger(costMicrousd) && costMicrousd >= 0)) {
    throw new BugError(`The cost of effect ${options.key} is whole micro-dollars from 0, got ${costMicrousd}.`);
  }
  await book.finish(options.key, { outcome: "done", receipt: stored, costMicrousd });
  return structuredClone(stored) as T;
}

function intentOf<T>(options: EffectOptions<T>, reconciled: boolean) {
  const { key, kind, settle, max, dedupeMs, withinMs } = options;
  return {
    key,
    kind,
    settle,
    maxMicrousd: max ?? null,
    dedupeMs: dedupeMs ?? null,
    withinMs: withinMs ?? 30_000,
    reconciled,
  };
}

function check<T>({ key, settle, max, dedupeMs, withinMs, kind }: EffectOptions<T>): void {
  if (key.length < 1 || key.length > 200) {
    throw new BugError(`An effect's key has 1 to 200 characters, got ${key.length}.`);
  }
  const whole = { max, dedupeMs, withinMs };
  for (const [name, value] of Object.entries(whole)) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0)) {
      throw new BugError(`${name} of effect ${key} is a whole number from 0, got ${value}.`);
    }
  }
  if (settle === "safe_retry" && dedupeMs === undefined) {
    throw new BugError(`Effect ${key} with settle safe_retry says how long the provider knows a key (dedupeMs).`);
  }
  if (kind === "spend" && max === undefined) throw new BugError(`Effect ${key} spends: say how much at most (max).`);
}
