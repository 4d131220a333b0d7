import { isConnectionLoss, isContention, toHoldpointError } from "@holdpoint/db";
import type { ActiveRun } from "./active-run.ts";
import { backoff } from "./backoff.ts";

/**
 * Makes an idempotent call on behalf of a run: repeated while the database is away and the run stands. When the
 * database says that the run no longer stands, the run is aborted for that reason. Throws the run's RunAborted then,
 * else a HoldpointError.
 */
export async function leasedCall<T>(run: ActiveRun, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    // What a parked run had begun may still record.
    if (run.aborted !== null && run.aborted.why !== "shutdown" && run.aborted.why !== "parked") throw run.aborted;
    try {
      return await call();
    } catch (error) {
      const problem = toHoldpointError(error);
      if (problem.reason === "stopped") run.abort("stopped", problem.message);
      else if (LOST.has(problem.reason)) run.abort("lost", problem.message);
      else if (isContention(error) || isConnectionLoss(error)) {
        await backoff(attempt, run.signal);
        continue;
      } else throw problem;
      throw run.aborted ?? problem;
    }
  }
}

const LOST = new Set(["lease_lost", "lease_expired", "worker_ended", "worker_killed", "unknown_worker"]);
