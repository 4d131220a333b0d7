import { performance } from "node:perf_hooks";
import { leaseTimes } from "@holdpoint/policy";
import type { LeaseTimes } from "@holdpoint/policy";
import { RunAborted } from "@holdpoint/sdk";
import type { AbortCause } from "@holdpoint/sdk";
import type { ClaimedRow } from "@holdpoint/db/runtime";
import { elapsedMs } from "./clock.ts";
import type { Moment } from "./clock.ts";

const NEVER = new AbortController().signal;
const timesOf = new Map<number, LeaseTimes>();

/**
 * One attempt at a job in this process: its lease, its clock, and why it was aborted, if it was. The AbortController
 * is made when the handler asks for the signal, because most short handlers never do.
 */
export class ActiveRun {
  readonly row: ClaimedRow;
  readonly times: LeaseTimes;
  readonly startedAt = performance.now();
  readonly deadline: number;
  /** When the call that last renewed the lease was sent. */
  renewedAt: Moment;
  /** The handler has returned or thrown. */
  returned = false;
  /** Records the run as what its abort was for, though the handler never came back. Set by the runner. */
  settleAsAborted: () => void = () => undefined;
  /** When it was aborted, on performance.now(). */
  abortedAt = 0;
  #aborted: RunAborted | null = null;
  #controller: AbortController | null = null;
  #progress: unknown = null;
  #onAbort: ((reason: RunAborted) => void) | null = null;

  constructor(row: ClaimedRow, sent: Moment) {
    this.row = row;
    this.renewedAt = sent;
    this.deadline = this.startedAt + row.timeout_ms;
    let times = timesOf.get(row.lease_ms);
    if (times === undefined) {
      times = leaseTimes(row.lease_ms);
      timesOf.set(row.lease_ms, times);
    }
    this.times = times;
  }

  get aborted(): RunAborted | null {
    return this.#aborted;
  }

  /** For the handler: fires at once when the run was aborted before it looked. */
  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#aborted !== null) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  /** The same for those that only look: no controller is made for it. */
  get signalSoFar(): AbortSignal {
    return this.#aborted === null ? (this.#controller?.signal ?? NEVER) : this.signal;
  }

  /** Fires the handler's signal. The first reason stays, except that a lost lease outranks all: nothing may be settled. */
  abort(why: AbortCause, message?: string): void {
    if (this.#aborted !== null && (why !== "lost" || this.#aborted.why === "lost")) return;
    const first = this.#aborted === null;
    this.#aborted = new RunAborted(why, message);
    if (!first) return;
    this.abortedAt = performance.now();
    this.#controller?.abort(this.#aborted);
    this.#onAbort?.(this.#aborted);
  }

  /** One listener, for a runner that must act on an abort without making a signal. */
  onAbort(listener: (reason: RunAborted) => void): void {
    this.#onAbort = listener;
  }

  /** Whether the lease may have run out, judged by this process alone. */
  leaseInDoubt(): boolean {
    return elapsedMs(this.renewedAt) >= this.times.abortAfter;
  }

  setProgress(progress: unknown): void {
    this.#progress = progress;
  }

  /** What is new since the last heartbeat; null: nothing. */
  takeProgress(): unknown {
    const progress = this.#progress;
    this.#progress = null;
    return progress;
  }
}
