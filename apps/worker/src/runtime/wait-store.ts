import { toHoldpointError } from "@holdpoint/db";
import { beginWait } from "@holdpoint/db/runtime";
import { BugError, effectOpen } from "@holdpoint/sdk";
import type { WaitAnswer, WaitBook, WaitCall } from "@holdpoint/sdk";
import type { ActiveRun } from "./active-run.ts";
import type { Access } from "./databases.ts";
import { leasedCall } from "./leased-call.ts";

/** The parks of one run: what it asks is kept in the database, and the same call of a later run gets the answer. */
export class WaitStore implements WaitBook {
  readonly #run: ActiveRun;
  readonly #access: Access;
  readonly park: () => void;

  constructor(run: ActiveRun, access: Access, park: () => void) {
    this.#run = run;
    this.#access = access;
    this.park = park;
  }

  ask = async (call: WaitCall): Promise<WaitAnswer> => {
    const { databases, caller } = this.#access;
    const { job_id: jobId, token } = this.#run.row;
    try {
      return await leasedCall(this.#run, () => beginWait(databases.work, caller, { jobId, token }, call));
    } catch (error) {
      const problem = toHoldpointError(error);
      if (problem.reason === "canceled") this.#run.abort("canceled", problem.message);
      if (this.#run.aborted !== null) throw this.#run.aborted;
      if (problem.reason === "effect_open") throw effectOpen(problem.field ?? "");
      if (problem.code === "refused" || problem.code === "invalid") {
        throw new BugError(problem.message, { reason: problem.reason });
      }
      throw error;
    }
  };
}
