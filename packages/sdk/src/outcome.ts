import { errorClassOf, RetryAfter, RunAborted } from "./errors.ts";
import type { HandlerErrorClass } from "./errors.ts";
import { jsonOf } from "./json.ts";
import type { Json } from "./json.ts";

/** How a run ended: closed, so that every place that settles one handles every end. */
export type RunResult =
  | { outcome: "succeeded"; result: Json }
  | {
      outcome: "failed";
      errorClass: HandlerErrorClass;
      message: string;
      retry: RetryWish | null;
      unsafe?: UnsafeTold;
      provider?: string;
    }
  | { outcome: "canceled" }
  | { outcome: "stopped" }
  | { outcome: "parked" }
  /** A person said no to what the run asked, or nobody answered, and the handler let that through. */
  | { outcome: "declined"; message: string }
  /** The lease is gone, or the process leaves: this worker must not settle the run. */
  | { outcome: "lost"; why: "lost" | "shutdown" };

/** What an unsafe failure told of itself. A reason that the catalogue does not have counts as unsafe_output. */
export interface UnsafeTold {
  reason: string;
  finding: string;
  evidence: Json;
}

/** The next try that a handler named itself. */
export type RetryWish = { ms: number } | { at: Date };

/** What came out of calling the handler. */
export type HandlerEnd = { returned: unknown } | { threw: unknown };

/**
 * The one result of a run, from what the handler did and why its signal fired, if it did. A cancel and a park win
 * over everything; a lost lease is never settled; after a stop or a timeout a handler that still returned its value
 * has succeeded. A result that is not plain JSON is a bug.
 */
export function runResultOf(end: HandlerEnd, signal: AbortSignal): RunResult {
  const why = signal.aborted && signal.reason instanceof RunAborted ? signal.reason.why : null;
  switch (why) {
    case "lost":
    case "shutdown":
      return { outcome: "lost", why };
    case "canceled":
    case "parked":
      return { outcome: why };
    case "stopped":
      return "returned" in end ? returned(end.returned) : { outcome: "stopped" };
    case "timeout":
      return "returned" in end ? returned(end.returned) : timedOut(signal);
    case null:
      return "returned" in end ? returned(end.returned) : failed(end.threw);
    default:
      return why satisfies never;
  }
}

function returned(value: unknown): RunResult {
  try {
    return { outcome: "succeeded", result: jsonOf(value, "The result of the run") };
  } catch (error) {
    return failed(error);
  }
}

function failed(thrown: unknown): RunResult {
  if (isRetryAfter(thrown)) {
    const { message, wait: retry } = thrown;
    return { outcome: "failed", errorClass: "transient", message, retry, ...providerOf(thrown) };
  }
  if (isDeclined(thrown)) return { outcome: "declined", message: messageOf(thrown) };
  const errorClass = errorClassOf(thrown);
  const told = errorClass === "unsafe" ? unsafeTold(thrown) : null;
  return {
    outcome: "failed",
    errorClass,
    message: messageOf(thrown),
    retry: null,
    ...(told === null ? {} : { unsafe: told }),
    ...providerOf(thrown),
  };
}

/** The provider that an error names; also one of another copy of this package. */
function providerOf(thrown: unknown): { provider?: string } {
  const named = thrown instanceof Error && "provider" in thrown && typeof thrown.provider === "string";
  return named ? { provider: thrown.provider as string } : {};
}

/** By its fields: the error may be of another copy of this package, or come from another process. */
function unsafeTold(thrown: unknown): UnsafeTold | null {
  if (!(thrown instanceof Error) || !("reason" in thrown) || typeof thrown.reason !== "string") return null;
  const evidence = "evidence" in thrown ? thrown.evidence : undefined;
  return { reason: thrown.reason, finding: messageOf(thrown), evidence: readable(evidence ?? {}) };
}

/** Evidence that is no JSON must not hide the finding: what is wrong with it takes its place. */
function readable(evidence: unknown): Json {
  try {
    return jsonOf(evidence, "The evidence");
  } catch (error) {
    return { unreadable: messageOf(error) };
  }
}

function isDeclined(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === "ApprovalRejected" || thrown.name === "ApprovalExpired");
}

function timedOut(signal: AbortSignal): RunResult {
  return { outcome: "failed", errorClass: "timeout", message: messageOf(signal.reason), retry: null };
}

// By name as well: a handler may bring its own copy of this package.
function isRetryAfter(thrown: unknown): thrown is RetryAfter {
  return thrown instanceof RetryAfter || (thrown instanceof Error && thrown.name === "RetryAfter" && "wait" in thrown);
}

/** One readable line for whatever was thrown, at most 2,000 characters. */
export function messageOf(thrown: unknown): string {
  const text =
    thrown instanceof Error
      ? thrown.message || thrown.name
      : `Something that is no Error was thrown: ${String(thrown)}`;
  return text.length > 2000 ? `${text.slice(0, 1999)}…` : text;
}
