import { ERROR_CLASSES } from "./names.ts";
import type { IncidentReason } from "@holdpoint/policy";
import type { ErrorClass } from "./names.ts";

/** The classes that a handler's own failure can have. */
export type HandlerErrorClass = Exclude<ErrorClass, "lost">;

export interface HandlerErrorOptions {
  cause?: unknown;
  /** The field of the payload, reference or configuration that is at fault. */
  field?: string;
  /** A short name in snake_case for machines, e.g. `dns_failed`. */
  reason?: string;
  /** What a person could do about it. */
  remedy?: string;
  /** The outside service that it is about, of those that the type names: several such failures hold all work with it back. */
  provider?: string;
}

/**
 * What a handler throws to say how its run failed. Throw one of the subclasses: the class decides whether the job is
 * tried again, waits for a person, or goes to quarantine. Anything else that is thrown counts as a bug.
 */
export abstract class HandlerError extends Error {
  abstract readonly errorClass: HandlerErrorClass;
  readonly field: string | undefined;
  readonly reason: string | undefined;
  readonly remedy: string | undefined;
  readonly provider: string | undefined;

  constructor(message: string, options: HandlerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.field = options.field;
    this.reason = options.reason;
    this.remedy = options.remedy;
    this.provider = options.provider;
  }
}

/** Worth trying again unchanged: a connection reset, a 503, a lock that somebody holds. */
export class TransientError extends HandlerError {
  readonly errorClass = "transient";
}

/** Something took longer than it may. Retried like a transient failure. */
export class TimeoutError extends HandlerError {
  readonly errorClass = "timeout";
}

/** The payload, a reference or the venture's configuration is wrong. Never retried. */
export class BadInputError extends HandlerError {
  readonly errorClass = "bad_input";
}

/** Input or output that must not be handled further. Goes to quarantine at once. */
export class UnsafeError extends HandlerError {
  readonly errorClass = "unsafe";
}

/** What is unsafe, by a reason of the catalogue: it names the incident that a person gets to see. */
export interface UnsafeFinding {
  reason: IncidentReason;
  /** One sentence for a person. */
  finding: string;
  /** JSON facts that show it, at most 16 kB. Never the secret itself. */
  evidence?: Record<string, unknown>;
  cause?: unknown;
}

/** Throw it to name why input or output must not be handled further: `new Unsafe({ reason, finding, evidence })`. */
export class Unsafe extends UnsafeError {
  readonly evidence: Record<string, unknown> | undefined;

  constructor({ reason, finding, evidence, cause }: UnsafeFinding) {
    super(finding, { reason, ...(cause === undefined ? {} : { cause }) });
    this.evidence = evidence;
  }
}

/** The work would cost more than it may. */
export class BudgetError extends HandlerError {
  readonly errorClass = "budget";
}

/** The handler itself is wrong. What an error of any other kind counts as. */
export class BugError extends HandlerError {
  readonly errorClass = "bug";
}

/**
 * Thrown to name the next try oneself: after so many milliseconds, or at a time. Uses none of the job's retries.
 * Prefer milliseconds: they are counted on the database's clock, a Date is taken as it stands. With `provider`, one that
 * the type names asked for it: all work with that provider, of any venture, waits until then.
 */
export class RetryAfter extends Error {
  readonly wait: { ms: number } | { at: Date };
  readonly provider: string | undefined;

  constructor(
    when: number | Date,
    message = "The handler asked to be tried again later.",
    options: { provider?: string } = {},
  ) {
    super(message);
    this.name = "RetryAfter";
    this.provider = options.provider;
    const ms = when instanceof Date ? when.getTime() : when;
    if (!Number.isFinite(ms) || ms < 0) {
      throw new BugError(`RetryAfter takes milliseconds from 0 up or a valid Date, got ${String(when)}.`);
    }
    this.wait = when instanceof Date ? { at: when } : { ms: Math.ceil(ms) };
  }
}

/** Why a run's signal fired. `lost` and `shutdown` runs are not settled by the worker: the fleet frees their lease. */
export const ABORT_CAUSES = ["canceled", "stopped", "timeout", "lost", "shutdown", "parked"] as const;
export type AbortCause = (typeof ABORT_CAUSES)[number];

/** The `reason` of `ctx.signal` once it has fired. */
export class RunAborted extends Error {
  readonly why: AbortCause;

  constructor(why: AbortCause, message = `The run was aborted: ${why}.`) {
    super(message);
    this.name = "RunAborted";
    this.why = why;
  }
}

/**
 * The class of whatever a handler threw. Errors of another copy of this package are known by their `errorClass`; a
 * DOMException named TimeoutError (`AbortSignal.timeout`) is a timeout; everything else is a bug, because nothing is
 * known about what it left behind.
 */
export function errorClassOf(thrown: unknown): HandlerErrorClass {
  if (thrown instanceof HandlerError) return thrown.errorClass;
  if (thrown instanceof DOMException && thrown.name === "TimeoutError") return "timeout";
  if (typeof thrown === "object" && thrown !== null && "errorClass" in thrown && isHandlerClass(thrown.errorClass)) {
    return thrown.errorClass;
  }
  return "bug";
}

function isHandlerClass(value: unknown): value is HandlerErrorClass {
  return value !== "lost" && ERROR_CLASSES.some((known) => known === value);
}
