import { checkForm } from "@holdpoint/policy";
import { isDeepStrictEqual } from "node:util";
import { BugError, effectOpen, jsonOf, RunAborted, Waits } from "../index.ts";
import type { WaitAnswer, WaitBook, WaitCall } from "../index.ts";
import type { Answer, CrashMoment, ParkedCall, SentSignal, WaitState } from "./records.ts";

interface ParkingRun {
  version: number;
  abort: AbortController;
  now: () => Date;
  effects: Map<string, { state: string }>;
  waits: WaitState;
  answers: Readonly<Record<string, Answer>>;
}

/**
 * `ctx.sleep`, `ctx.waitFor` and `ctx.approval` over a book in memory, on the run's own clock: a call is known by kind,
 * name and number, its first time counts, a signal is taken once and in order, another type version asks again, and a
 * request whose words have changed is asked anew.
 */
export function fakeWaits(
  run: ParkingRun,
  crashIf: (step: string, when: CrashMoment) => Promise<void>,
  parked: (call: ParkedCall) => void,
): Waits {
  const { waits } = run;
  if (waits.version !== run.version) {
    Object.assign(waits, { version: run.version, calls: {} });
    for (const signal of waits.mailbox) signal.takenBy = null;
  }
  const book: WaitBook = {
    park: () => run.abort.abort(new RunAborted("parked")),
    async ask(call) {
      await crashIf(`wait:${call.call}`, "before");
      run.abort.signal.throwIfAborted();
      const known = ask(run, call);
      await crashIf(`wait:${call.call}`, "during");
      known.answer ??= answerOf(run, known);
      const open = [...run.effects].find(([, effect]) => effect.state === "open" || effect.state === "unknown");
      if (known.answer === null && open !== undefined) throw effectOpen(open[0]);
      if (known.answer === null) parked({ ...known, answer: undefined } as ParkedCall);
      else await crashIf(`wait:${call.call}`, "after");
      return known.answer ?? { state: "park" };
    },
  };
  return new Waits(book);
}

function ask(run: ParkingRun, { call, kind, name, until, withinMs, request }: WaitCall) {
  const known = run.waits.calls[call];
  if (known !== undefined && isDeepStrictEqual(known.request, request)) return known;
  const asked = {
    call,
    kind,
    name,
    request,
    until: until ?? new Date(run.now().getTime() + (withinMs ?? request?.expires_ms ?? 3 * 86_400_000)),
    answer: null,
  };
  run.waits.calls[call] = asked;
  return asked;
}

function answerOf(run: ParkingRun, call: ParkedCall): WaitAnswer | null {
  const over = call.until <= run.now();
  if (call.kind === "sleep") return over ? { state: "woken" } : null;
  if (call.kind === "signal") {
    const signal = run.waits.mailbox.find((one) => one.name === call.name && one.takenBy === null);
    if (signal === undefined) return over ? { state: "timeout" } : null;
    signal.takenBy = call.call;
    return { state: "signal", id: signal.id, data: signal.data, by: signal.by, at: signal.at.toISOString() };
  }
  const given = run.answers[call.call] ?? run.answers[call.name];
  return given === undefined ? null : decided(run, call, given);
}

function decided(run: ParkingRun, { call, request }: ParkedCall, given: Answer): WaitAnswer {
  if (given === "expired") return { state: "expired" };
  if ("rejected" in given) return { state: "rejected", by: [given.rejected], reason: given.reason ?? null };
  const { values, problems } = checkForm(request?.form ?? [], given.form ?? {});
  const [problem] = problems;
  if (problem !== undefined) throw new BugError(`The answer to ${call}: ${problem.field} ${problem.message}.`);
  return { state: "approved", by: [given.approved], at: run.now().toISOString(), form: values };
}

/** Signals as they were sent, with the ids that the fleet would give. */
export function mailboxOf(
  before: readonly SentSignal[],
  sent: readonly { name: string; data?: unknown; id?: string; by?: string }[],
  now: Date,
): SentSignal[] {
  const mailbox = structuredClone([...before]);
  for (const { name, data, id = `signal-${mailbox.length + 1}`, by = "tester@example.com" } of sent) {
    if (mailbox.some((known) => known.id === id)) continue;
    mailbox.push({ id, name, data: jsonOf(data, `The signal ${name}`), by, at: now, takenBy: null });
  }
  return mailbox;
}
