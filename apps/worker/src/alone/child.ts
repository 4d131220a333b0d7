import { RunAborted, parsePayload, runEffect, Waits } from "@holdpoint/sdk";
import type {
  BegunEffect,
  EffectBook,
  EffectRun,
  JobContext,
  JobDefinition,
  Quarantined,
  RunLog,
  WaitAnswer,
} from "@holdpoint/sdk";
import { elapsedMs, moment } from "../runtime/clock.ts";
import { packError, unpackError } from "./protocol.ts";
import type { AloneJob, ToChild, ToParent } from "./protocol.ts";

/** The child's side: runs one handler whose ctx speaks to the worker that holds the lease. */
export class AloneRun {
  readonly #abort = new AbortController();
  readonly #calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #steps = new Map<number, () => unknown>();
  readonly #send: (message: ToParent) => void;
  #callNo = 0;

  constructor(send: (message: ToParent) => void) {
    this.#send = send;
  }

  hear(message: ToChild): void {
    switch (message.kind) {
      case "job":
        return;
      case "abort":
        this.#abort.abort(new RunAborted(message.why, message.message));
        return;
      case "runStep":
        this.#runStep(message.call, message.step);
        return;
      case "answer": {
        const call = this.#calls.get(message.call);
        this.#calls.delete(message.call);
        if (message.error === undefined) call?.resolve(message.value);
        else call?.reject(this.#abort.signal.aborted ? this.#reason() : unpackError(message.error));
        return;
      }
      default:
        message satisfies never;
    }
  }

  /** Runs the job's handler and reports how it ended. */
  async run(definition: JobDefinition, job: AloneJob): Promise<void> {
    try {
      const value = await definition.run(this.#context(parsePayload(definition, job.payload), job));
      this.#send({ kind: "done", value });
    } catch (error) {
      this.#send({ kind: "done", error: packError(error) });
    }
  }

  #context(payload: unknown, job: AloneJob): JobContext {
    const log: RunLog = Object.assign((text: string) => this.#send({ kind: "write", stream: "log", text }), {
      stdout: (text: string) => this.#send({ kind: "write", stream: "stdout", text }),
      stderr: (text: string) => this.#send({ kind: "write", stream: "stderr", text }),
    });
    const { sleep, waitFor, approval } = this.#waits;
    return {
      job: { id: job.jobId, runNo: job.runNo, dryRun: job.dryRun },
      sleep,
      waitFor,
      approval,
      payload,
      refs: job.refs ?? {},
      venture: job.venture,
      signal: this.#abort.signal,
      now: () => new Date(),
      log,
      progress: (progress) => this.#send({ kind: "progress", progress }),
      step: async <T>(name: string, fn: () => T | Promise<T>): Promise<T> => {
        const step = ++this.#callNo;
        this.#steps.set(step, fn);
        return (await this.#ask("step", [name, step])) as T;
      },
      effect: (options, fn) => runEffect(this.#book, this.#effectRun(job.jobId), options, fn),
      spent: (microusd) => this.#send({ kind: "spent", microusd }),
      artifact: async (name, input) =>
        (await this.#ask("artifact", [name, input])) as Awaited<ReturnType<JobContext["artifact"]>>,
      form: async () => (await this.#ask("form", [])) as Awaited<ReturnType<JobContext["form"]>>,
      evidence: async (items) => {
        await this.#ask("evidence", [items]);
      },
      quarantine: async (found) => (await this.#ask("quarantine", [found])) as Quarantined,
    };
  }

  /** The parent asks, and when it is told to park it ends this process. */
  readonly #waits = new Waits({
    ask: async (call) => (await this.#ask("wait", [call])) as WaitAnswer,
    park: () => undefined,
  });

  /** The parent keeps intents and receipts; the call outside is made here. */
  readonly #book: EffectBook = {
    begin: async (intent) => (await this.#ask("beginEffect", [intent])) as BegunEffect,
    finish: (key, end) => this.#ask("finishEffect", [key, end]),
  };

  #effectRun(jobId: string): EffectRun {
    const mark = () => {
      const since = moment();
      return () => elapsedMs(since);
    };
    return { jobId, signal: this.#abort.signal, mark };
  }

  #ask(what: Extract<ToParent, { kind: "ask" }>["what"], args: readonly unknown[]): Promise<unknown> {
    const call = ++this.#callNo;
    return new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject });
      this.#send({ kind: "ask", call, what, args });
    });
  }

  #runStep(call: number, step: number): void {
    const fn = this.#steps.get(step);
    Promise.resolve()
      .then(() => fn?.())
      .then(
        (value) => this.#send({ kind: "answer", call, value }),
        (error: unknown) => this.#send({ kind: "answer", call, error: packError(error) }),
      );
  }

  #reason(): Error {
    return this.#abort.signal.reason instanceof Error ? this.#abort.signal.reason : new RunAborted("lost");
  }
}
