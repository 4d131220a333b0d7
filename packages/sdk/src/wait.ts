import { formSchema, HoldpointError, parseDuration } from "@holdpoint/policy";
import type { FormField, FormFieldInput, FormValues } from "@holdpoint/policy";
import { BugError, HandlerError, TransientError } from "./errors.ts";

/** Milliseconds, or "30s", "10m", "2h", "1d" and sums of them. */
export type Duration = number | string;

/** What a person is asked in the middle of a run. */
export interface ApprovalRequest {
  /** Tells two requests of one job apart; the same in every run. `approval` unless given. */
  readonly name?: string;
  /** What is to be approved, in one line of 1 to 200 characters. */
  readonly title: string;
  /** What a person must know to decide, up to 4,000 characters. */
  readonly summary?: string;
  /** So many different people must approve; 1 unless given. */
  readonly people?: 1 | 2;
  readonly role?: "approver" | "admin";
  /** A group of the policy that they must belong to. */
  readonly group?: string;
  /** A text that an approver must type. */
  readonly typed?: string;
  /** How long it may be waited for; as the job's policy or the settings say unless given. */
  readonly expires?: Duration;
  /** When to remind. */
  readonly reminder?: Duration;
  /** Values that the approver fills in. */
  readonly form?: readonly FormFieldInput[];
  /** True: the approval also stands in a retry that is counted. By default a retry asks again. */
  readonly coversRetries?: boolean;
  /**
   * What a no, or nobody's answer in time, does: `end` (the default) ends the job as rejected or expired and the handler
   * is not run again; `throw` runs it once more and the call throws ApprovalRejected or ApprovalExpired, so that it can
   * clean up. Not caught, these end the job the same way.
   */
  readonly otherwise?: "end" | "throw";
}

/** A yes. */
export interface Approval {
  /** Who approved, in order. */
  readonly by: readonly string[];
  readonly at: Date;
  /** What they filled in. */
  readonly form: FormValues;
}

/** What was sent with `holdpoint jobs send`. */
export interface Signal<T = unknown> {
  readonly id: string;
  readonly data: T;
  readonly by: string;
  readonly at: Date;
}

/** A person said no to what the run asked. Not caught, the job ends as rejected. */
export class ApprovalRejected extends HandlerError {
  readonly errorClass = "bad_input";
  readonly by: string;
  /** What the person gave as the reason. */
  readonly why: string | null;

  constructor(by: string, why: string | null) {
    super(`${by} rejected it${why === null ? "" : `: ${why}`}`, { reason: "approval_rejected" });
    this.by = by;
    this.why = why;
  }
}

/** Nobody answered what the run asked in time. Not caught, the job ends as expired. */
export class ApprovalExpired extends HandlerError {
  readonly errorClass = "bad_input";

  constructor() {
    super("Nobody answered in time.", { reason: "approval_expired" });
  }
}

/** A call as the runtime records it. */
export interface WaitCall {
  /** Kind, name and number in the run: the same in every run. */
  readonly call: string;
  readonly kind: "approval" | "sleep" | "signal";
  readonly name: string;
  readonly until: Date | null;
  readonly withinMs: number | null;
  readonly request: RecordedRequest | null;
}

/** A request as it is kept and hashed. */
export interface RecordedRequest {
  readonly title: string;
  readonly summary: string;
  readonly people: 1 | 2;
  readonly role: "approver" | "admin";
  readonly group: string | null;
  readonly typed: string | null;
  readonly expires_ms: number | null;
  readonly reminder_ms: number | null;
  readonly covers_retries: boolean;
  readonly otherwise: "end" | "throw";
  readonly form: readonly FormField[];
}

/** What is known of a call; `park`: nothing yet, and the run must go. */
export type WaitAnswer =
  | { readonly state: "park" | "woken" | "timeout" | "expired" }
  | { readonly state: "signal"; readonly id: string; readonly data: unknown; readonly by: string; readonly at: string }
  | { readonly state: "approved"; readonly form: FormValues; readonly by: readonly string[]; readonly at: string }
  | { readonly state: "rejected"; readonly by: readonly string[]; readonly reason: string | null };

/** What a runtime keeps of calls; what is asked, and what comes of an answer, is the same for every runtime. */
export interface WaitBook {
  /** Throws effectOpen() where it would have to park with an open effect. */
  ask(call: WaitCall): Promise<WaitAnswer>;
  /** The run is over as parked: fires its signal. */
  park(): void;
}

const NAME = /^[a-z][a-z0-9_.-]{0,62}$/;

/**
 * The calls of one run that may park it. They are asked one after the other, in the order in which the handler made
 * them: once one has to wait, no later one is asked in this run.
 */
export class Waits {
  readonly #book: WaitBook;
  readonly #numbers = new Map<string, number>();
  #before: Promise<unknown> = Promise.resolve();

  constructor(book: WaitBook) {
    this.#book = book;
  }

  sleep = async (until: Date | Duration): Promise<void> => {
    const at = until instanceof Date ? until : null;
    if (at !== null && Number.isNaN(at.getTime())) throw new BugError("ctx.sleep takes a valid Date or a duration.");
    await this.#ask("sleep", "sleep", {
      until: at,
      withinMs: at === null ? durationOf(until as Duration, "sleep") : null,
    });
  };

  waitFor = async <T = unknown>(name: string, options: { readonly timeout: Duration }): Promise<Signal<T> | null> => {
    const answer = await this.#ask("signal", name, { withinMs: durationOf(options.timeout, "timeout") });
    if (answer.state !== "signal") return null;
    const { id, data, by, at } = answer;
    return { id, data: structuredClone(data) as T, by, at: new Date(at) };
  };

  approval = async (request: ApprovalRequest): Promise<Approval> => {
    const answer = await this.#ask("approval", request.name ?? "approval", { request: recordedRequest(request) });
    if (answer.state === "rejected") throw new ApprovalRejected(answer.by[0] ?? "Somebody", answer.reason);
    if (answer.state === "expired") throw new ApprovalExpired();
    if (answer.state !== "approved") throw new BugError(`An approval was answered with ${answer.state}.`);
    return { by: answer.by, at: new Date(answer.at), form: structuredClone(answer.form) };
  };

  #ask(
    kind: WaitCall["kind"],
    name: string,
    given: Partial<Pick<WaitCall, "until" | "withinMs" | "request">>,
  ): Promise<WaitAnswer> {
    if (!NAME.test(name)) {
      return Promise.reject(
        new BugError(`What a run waits for has a name like "paid" or "review.done", got "${name}".`),
      );
    }
    const number = (this.#numbers.get(`${kind}:${name}`) ?? 0) + 1;
    this.#numbers.set(`${kind}:${name}`, number);
    const call = {
      call: `${kind}:${name}#${number}`,
      kind,
      name,
      until: null,
      withinMs: null,
      request: null,
      ...given,
    };
    const turn = this.#before.then(() => this.#answer(call));
    this.#before = turn.catch(() => undefined);
    return turn;
  }

  async #answer(call: WaitCall): Promise<WaitAnswer> {
    const answer = await askOrPark(this.#book, call);
    // The run is over. Whoever catches, or goes another way, changes nothing any more.
    return answer.state === "park" ? new Promise<never>(() => undefined) : answer;
  }
}

/** Asks the book, and parks the run when there is no answer yet. */
export async function askOrPark(book: WaitBook, call: WaitCall): Promise<WaitAnswer> {
  const answer = await book.ask(call);
  if (answer.state === "park") book.park();
  return answer;
}

/** A run does not park with an effect of which nobody knows whether it happened: a later run settles that first. */
export function effectOpen(key: string): TransientError {
  return new TransientError(`The effect ${key} has no receipt: a job does not park with it.`, {
    reason: "effect_open",
  });
}

/** Checks a request and fills in what it left out. Throws BugError, naming the field. */
export function recordedRequest(request: ApprovalRequest): RecordedRequest {
  const { title, summary = "", people = 1, role = "approver", group = null, typed = null } = request;
  const text = (field: string, value: string, min: number, max: number): string => {
    if (value.trim().length < min || value.length > max) {
      throw new BugError(`${field} of an approval has ${min} to ${max} characters.`, { field });
    }
    return value;
  };
  const form = formSchema.safeParse(request.form ?? []);
  if (!form.success) throw new BugError(`The form of an approval is not one: ${form.error.message}`, { field: "form" });
  return {
    title: text("title", title, 1, 200),
    summary: text("summary", summary, 0, 4_000),
    people,
    role,
    group,
    typed: typed === null ? null : text("typed", typed, 1, 200),
    expires_ms: request.expires === undefined ? null : durationOf(request.expires, "expires"),
    reminder_ms: request.reminder === undefined ? null : durationOf(request.reminder, "reminder"),
    covers_retries: request.coversRetries ?? false,
    otherwise: request.otherwise ?? "end",
    form: form.data,
  };
}

const LONGEST_MS = 366 * 86_400_000;

function durationOf(given: Duration, field: string): number {
  let ms = Number.NaN;
  try {
    ms = typeof given === "number" ? Math.ceil(given) : parseDuration(given, field);
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
  }
  if (!(ms >= 0 && ms <= LONGEST_MS)) {
    throw new BugError(`${field} is milliseconds or a duration like "2h", up to 366 days, got ${String(given)}.`, {
      field,
    });
  }
  return ms;
}
