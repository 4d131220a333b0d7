import { isConnectionLoss, isContention, toHoldpointError } from "@holdpoint/db";
import { beginEffect, finishEffect } from "@holdpoint/db/runtime";
import type { EffectEnd } from "@holdpoint/db/runtime";
import { BugError, HandlerError, runEffect } from "@holdpoint/sdk";
import type { EffectBook, EffectCall, EffectOptions } from "@holdpoint/sdk";
import type { ActiveRun } from "./active-run.ts";
import { backoff } from "./backoff.ts";
import { elapsedMs, moment } from "./clock.ts";
import type { Access } from "./databases.ts";
import { leasedCall } from "./leased-call.ts";

const NEVER = new AbortController().signal;

/** Refusals of an effect that the handler's author, or the operator, must mend. */
class EffectRefused extends HandlerError {
  readonly errorClass: "bug" | "budget";

  constructor(reason: string, message: string) {
    super(message, { reason });
    this.errorClass = reason === "over_reservation" ? "budget" : "bug";
  }
}

/** The effects of one run: its intents and receipts in the database. */
export class EffectStore implements EffectBook {
  readonly #run: ActiveRun;
  readonly #access: Access;
  readonly #keys = new Set<string>();
  readonly #open = new Set<string>();

  constructor(run: ActiveRun, access: Access) {
    this.#run = run;
    this.#access = access;
  }

  /** An effect that was begun in this run and has no end; null: there is none. */
  get open(): string | null {
    return this.#open.values().next().value ?? null;
  }

  async effect<T>(options: EffectOptions<T>, fn: (call: EffectCall) => T | Promise<T>): Promise<T> {
    if (this.#keys.has(options.key))
      throw new BugError(`Effect ${options.key} is named twice; keys are unique in a job.`);
    this.#keys.add(options.key);
    const { job_id: jobId } = this.#run.row;
    const mark = () => {
      const since = moment();
      return () => elapsedMs(since);
    };
    return runEffect(this, { jobId, signal: this.#run.signal, mark }, options, fn);
  }

  begin: EffectBook["begin"] = async (intent) => {
    const { databases, caller } = this.#access;
    const { job_id: jobId, token } = this.#run.row;
    if (this.#run.aborted?.why === "parked") throw this.#run.aborted;
    try {
      const begun = await leasedCall(this.#run, () => beginEffect(databases.work, caller, { jobId, token }, intent));
      if (begun.state === "call") this.#open.add(intent.key);
      return begun;
    } catch (error) {
      const problem = toHoldpointError(error);
      if (problem.reason === "canceled") this.#run.abort("canceled", problem.message);
      if (this.#run.aborted !== null) throw this.#run.aborted;
      if (problem.code === "refused" || problem.code === "invalid")
        throw new EffectRefused(problem.reason, problem.message);
      throw error;
    }
  };

  /**
   * Also after an abort: that something happened outside is worth more than the time it takes to say so. A process
   * that can't reach the database goes on trying until its lease is over.
   */
  finish: EffectBook["finish"] = async (key, end) => {
    const { databases, caller } = this.#access;
    const { job_id: jobId, token, lease_ms: leaseMs } = this.#run.row;
    const since = moment();
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await finishEffect(databases.work, caller, { jobId, token }, key, end satisfies EffectEnd);
        this.#open.delete(key);
        return answer;
      } catch (error) {
        if (!isContention(error) && !isConnectionLoss(error)) throw error;
        if (elapsedMs(since) > leaseMs) throw error;
        await backoff(attempt, NEVER);
      }
    }
  };
}
