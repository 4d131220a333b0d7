import { readSteps, saveSteps } from "@holdpoint/db/runtime";
import { replayOf } from "@holdpoint/policy";
import { BugError, jsonOf } from "@holdpoint/sdk";
import type { Json } from "@holdpoint/sdk";
import type { ActiveRun } from "./active-run.ts";
import type { Access } from "./databases.ts";
import { leasedCall } from "./leased-call.ts";

/** The steps of one run. Results of earlier runs are read once, and only when the job ran before. */
export class StepStore {
  readonly #run: ActiveRun;
  readonly #access: Access;
  readonly #named = new Set<string>();
  #kept: Promise<Map<string, Json>> | null = null;

  constructor(run: ActiveRun, access: Access) {
    this.#run = run;
    this.#access = access;
  }

  /** Runs `fn` unless an earlier run kept a result under this name; keeps what it returns before answering. */
  async step<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
    if (name.length < 1 || name.length > 200)
      throw new BugError(`A step's name has 1 to 200 characters, got ${name.length}.`);
    if (this.#named.has(name)) throw new BugError(`Step ${name} is named twice; names are unique in a job.`);
    this.#named.add(name);
    this.#kept ??= this.#read();
    const kept = await this.#kept;
    if (kept.has(name)) return answer<T>(kept.get(name) ?? null);
    if (this.#run.aborted !== null) throw this.#run.aborted;
    const startedAt = new Date();
    const result = jsonOf(await fn(), `The result of step ${name}`);
    const { databases, caller } = this.#access;
    const { job_id: jobId, token } = this.#run.row;
    await leasedCall(this.#run, () => saveSteps(databases.work, caller, jobId, token, [{ name, result, startedAt }]));
    return answer<T>(result);
  }

  async #read(): Promise<Map<string, Json>> {
    const { job_id: jobId, token, run_no: runNo, refs } = this.#run.row;
    if (runNo <= 1 && (replayOf(refs)?.steps ?? 0) === 0) return new Map();
    const { databases, caller } = this.#access;
    const rows = await leasedCall(this.#run, () => readSteps(databases.work, caller, jobId, token));
    return new Map(rows.map((row) => [row.name, jsonOf(row.result, `Step ${row.name}`)]));
  }
}

/** Handlers get what a later run would read back: a copy in plain JSON. */
function answer<T>(result: Json): T {
  return structuredClone(result) as T;
}
