import { performance } from "node:perf_hooks";
import type { AbortCause } from "@holdpoint/sdk";
import type { Log } from "../log.ts";
import type { ActiveRun } from "./active-run.ts";

export interface OpenRunsOptions {
  log: Log;
  /** A handler that has not returned this long after its abort will not do so by itself. */
  stuckAfterMs: number;
  onStuck: (run: ActiveRun) => void;
}

/**
 * Every run whose lease this process holds, by token: what the heartbeat lists. One timer watches over all of them for
 * time limits, leases in doubt and handlers that ignore their abort.
 */
export class OpenRuns {
  readonly #runs = new Map<string, ActiveRun>();
  readonly #stuck = new Set<ActiveRun>();
  #claimsToAbort: ReadonlyMap<string, AbortCause> = new Map();
  readonly #options: OpenRunsOptions;
  readonly #timer: NodeJS.Timeout;

  constructor(options: OpenRunsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.watch(), 200);
  }

  add(run: ActiveRun): void {
    this.#runs.set(run.row.token, run);
    const why = this.#claimsToAbort.get(run.row.job_id);
    if (why !== undefined) run.abort(why);
  }

  /**
   * Aborts what the database says is canceled or stopped among this process's runs. A claim whose answer is still on
   * its way is aborted as soon as it arrives; each reading replaces what the last one said of those.
   */
  abortJobs(canceled: readonly string[], stopped: readonly string[]): void {
    const wanted = new Map<string, AbortCause>();
    for (const id of stopped) wanted.set(id, "stopped");
    for (const id of canceled) wanted.set(id, "canceled");
    for (const run of this.#runs.values()) {
      const why = wanted.get(run.row.job_id);
      if (why === undefined) continue;
      wanted.delete(run.row.job_id);
      run.abort(why, why === "stopped" ? "A stop covers the job." : "The job was canceled.");
    }
    this.#claimsToAbort = wanted;
  }

  /** It was settled, or is left to the fleet: the next heartbeat no longer lists it. */
  remove(run: ActiveRun): void {
    this.#runs.delete(run.row.token);
    this.#stuck.delete(run);
  }

  get(token: string): ActiveRun | undefined {
    return this.#runs.get(token);
  }

  all(): Iterable<ActiveRun> {
    return this.#runs.values();
  }

  get size(): number {
    return this.#runs.size;
  }

  /** Runs whose handler has not come back. */
  get busy(): number {
    let count = 0;
    for (const run of this.#runs.values()) if (!run.returned) count += 1;
    return count;
  }

  get stuck(): ReadonlySet<ActiveRun> {
    return this.#stuck;
  }

  watch(): void {
    const now = performance.now();
    for (const run of this.#runs.values()) {
      if (run.leaseInDoubt()) run.abort("lost", "The lease could not be renewed in time.");
      if (run.returned) continue;
      if (now >= run.deadline) run.abort("timeout", `The run took longer than ${run.row.timeout_ms} ms.`);
      // A parked run is settled without its handler.
      if (run.aborted === null || run.aborted.why === "parked") continue;
      if (now - run.abortedAt > this.#options.stuckAfterMs && !this.#stuck.has(run)) {
        this.#stuck.add(run);
        this.#options.log.error(
          { job: run.row.job_id, type: run.row.type, why: run.aborted.why },
          "a handler ignores its abort; this process will have to leave to end it",
        );
        this.#options.onStuck(run);
      }
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
