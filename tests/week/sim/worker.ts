import { randomBytes, randomUUID } from "node:crypto";
import { toHoldpointError } from "@holdpoint/db";
import {
  claimJobs,
  endWorker,
  freeDeadWorkers,
  heartbeat,
  loseOwnRun,
  registerWorker,
  settleRuns,
  type Caller,
  type ClaimedRow,
  type ClaimVerdict,
  type Settlement,
} from "@holdpoint/db/runtime";
import type { RunResult } from "@holdpoint/sdk";
import type { Catalogue } from "../../../apps/worker/src/handlers/catalogue.ts";
import type { Random } from "../../faults/harness/random.ts";
import type { SimClock } from "./clock.ts";
import { again, FaultyDatabase } from "./faulty-database.ts";
import { perform, ProcessDied, type CrashPoint } from "./perform.ts";
import type { RecordingProvider } from "./provider.ts";
import { simPayload } from "./types.ts";

export interface Hint {
  readonly jobId: string;
  readonly dispatchNo: number;
}

export interface Surroundings {
  readonly workerUrl: string;
  readonly catalogue: Catalogue;
  readonly clock: SimClock;
  readonly provider: RecordingProvider;
  readonly random: Random;
  readonly tally: (name: string, by?: number) => void;
  /** One in so many processes dies around what it does outside, at one of these points; null: none. */
  readonly crashIn: () => number | null;
  readonly crashAt: readonly CrashPoint[];
}

interface OpenRun {
  readonly row: ClaimedRow;
  readonly endsAt: number;
  end: "by itself" | "stopped" | "canceled";
}

const OVERCHARGED_IN = 400;
const OVERCHARGE_MICROUSD = 700_000;
const BATCH = 50;

/** A worker process: the real runtime calls in the real order, with memory that it loses when it dies. */
export class SimWorker {
  readonly name: string;
  readonly slots: number;
  readonly db: FaultyDatabase;
  readonly #around: Surroundings;
  /** The lock file of its machine: whoever starts with it frees what its last holder left. */
  #instance: string = randomUUID();
  #caller: Caller | null = null;
  readonly #open = new Map<string, OpenRun>();
  /** Frozen: it does nothing until then, and does not know. */
  frozenUntil = 0;

  constructor(name: string, slots: number, around: Surroundings) {
    this.name = name;
    this.slots = slots;
    this.#around = around;
    this.db = new FaultyDatabase(around.workerUrl, `week ${name}`);
  }

  get caller(): Caller | null {
    return this.#caller;
  }

  get awake(): boolean {
    return this.#caller !== null && this.#around.clock.now >= this.frozenUntil;
  }

  get free(): number {
    return this.awake ? this.slots - this.#open.size : 0;
  }

  get busy(): number {
    return this.#open.size;
  }

  /** Starts, and frees what the dead process before it held. */
  async start(): Promise<void> {
    const key = randomBytes(32).toString("hex");
    const registration = {
      name: this.name,
      instance: this.#instance,
      key,
      host: "the week",
      lanes: ["build", "eval", "recovery"],
      slots: this.slots,
      version: "week",
      schemaMin: 1,
      schemaMax: 1,
      isolation: "bubblewrap",
      types: this.#around.catalogue.announcements,
    };
    // Where the answer was lost, the one that was registered is freed below with the other dead ones.
    const { worker_id } = await again(() => registerWorker(this.db, registration));
    const caller = { id: worker_id, key };
    this.#caller = caller;
    const freed = await again(() => freeDeadWorkers(this.db, caller));
    this.#around.tally("runs freed by a restart", freed);
  }

  /** The process is gone; nobody is told. With a new machine its lock file is gone too, and only time tells. */
  die(machine: "stays" | "goes"): void {
    this.#caller = null;
    this.#open.clear();
    this.frozenUntil = 0;
    if (machine === "goes") this.#instance = randomUUID();
    this.#around.tally(machine === "stays" ? "processes killed" : "machines lost");
  }

  async leave(): Promise<void> {
    const caller = this.#caller;
    if (caller === null) return;
    try {
      await again(() => endWorker(this.db, caller, "drained"));
    } catch (error) {
      // Silent for too long, it was ended already.
      this.#leaveIfEnded(error);
    }
    this.#caller = null;
    this.#open.clear();
  }

  async beat(): Promise<void> {
    const caller = this.#caller;
    if (caller === null || !this.awake) return;
    const listed = [...this.#open.values()].map(({ row }) => ({
      jobId: row.job_id,
      token: row.token,
      progress: null,
    }));
    try {
      for (const answer of await again(() =>
        heartbeat(this.db, caller, listed, { event_loop_delay_ms: 1, lanes: {} }),
      )) {
        const run = this.#open.get(answer.job_id);
        if (run === undefined || run.row.token !== answer.token) continue;
        if (answer.verdict === "lost") this.#open.delete(answer.job_id);
        else if (answer.verdict === "stop") run.end = "stopped";
        else if (answer.verdict === "cancel") run.end = "canceled";
      }
    } catch (error) {
      this.#leaveIfEnded(error);
    }
  }

  /** Takes hints to the gate; a call whose answer was lost is repeated under its request id. */
  async claim(lane: string, hints: readonly Hint[]): Promise<Map<string, ClaimVerdict>> {
    const verdicts = new Map<string, ClaimVerdict>();
    const caller = this.#caller;
    if (caller === null || !this.awake) return verdicts;
    for (let from = 0; from < hints.length; from += BATCH) {
      const batch = hints.slice(from, from + BATCH);
      const request = randomUUID();
      const ids = batch.map(({ jobId }) => jobId);
      const nos = batch.map(({ dispatchNo }) => dispatchNo);
      try {
        for (const row of await again(() => claimJobs(this.db, caller, request, lane, ids, nos))) {
          verdicts.set(row.job_id, row.verdict);
          if (row.verdict === "claimed" || row.verdict === "repeat") this.#begin(row);
        }
      } catch (error) {
        this.#leaveIfEnded(error);
        return verdicts;
      }
    }
    return verdicts;
  }

  /** Ends the runs whose time has come, in one settling call. Poison and crashes take the process with them. */
  async finishDue(): Promise<number> {
    const { now } = this.#around.clock;
    const caller = this.#caller;
    if (caller === null || !this.awake) return 0;
    const due = [...this.#open.values()].filter((run) => run.endsAt <= now || run.end !== "by itself");
    const settlements: Settlement[] = [];
    for (const run of due) {
      const result = await this.#end(caller, run);
      if (result === "died") return due.length;
      this.#open.delete(run.row.job_id);
      if (result !== null && result.outcome !== "lost") settlements.push(settlementOf(run.row, result));
    }
    if (settlements.length > 0) await this.#settle(caller, settlements);
    return due.length;
  }

  async #settle(caller: Caller, settlements: readonly Settlement[]): Promise<void> {
    try {
      for (const { verdict } of await again(() => settleRuns(this.db, caller, settlements))) {
        if (verdict === "late") this.#around.tally("late results");
      }
    } catch (error) {
      this.#leaveIfEnded(error);
    }
  }

  async #end(caller: Caller, run: OpenRun): Promise<RunResult | null | "died"> {
    if (run.end === "stopped") return { outcome: "stopped" };
    if (run.end === "canceled") return { outcome: "canceled" };
    const { random, provider } = this.#around;
    const alone = run.row.deaths > 0;
    const crashIn = this.#around.crashIn();
    const crashAt = crashIn !== null && random.between(1, crashIn) === 1 ? random.pick(this.#around.crashAt) : null;
    const overchargeMicrousd = random.between(1, OVERCHARGED_IN) === 1 ? OVERCHARGE_MICROUSD : 0;
    try {
      if (simPayload.parse(run.row.payload).poison) throw new ProcessDied("poison");
      return await perform({
        db: this.db,
        caller,
        row: run.row,
        provider,
        crashAt,
        overchargeMicrousd,
        now: this.#around.clock.now,
      });
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
      this.#around.tally(`died: ${error.message}`);
      if (!alone) {
        this.die("stays");
        return "died";
      }
      // A suspect runs in a process of its own, and only that one dies.
      try {
        await again(() => loseOwnRun(this.db, caller, run.row.job_id, run.row.token));
      } catch (failure) {
        this.#leaveIfEnded(failure);
      }
      return null;
    }
  }

  #begin(row: ClaimedRow): void {
    const { ms } = simPayload.parse(row.payload);
    this.#open.set(row.job_id, { row, endsAt: this.#around.clock.now + ms, end: "by itself" });
  }

  /** Told that it is ended or killed, it leaves, and whoever minds it starts it anew. */
  #leaveIfEnded(error: unknown): void {
    const { reason } = toHoldpointError(error);
    if (reason !== "worker_ended" && reason !== "worker_killed" && reason !== "unknown_worker") throw error;
    this.#caller = null;
    this.#open.clear();
  }
}

function settlementOf(row: ClaimedRow, result: Exclude<RunResult, { outcome: "lost" }>): Settlement {
  const failed = result.outcome === "failed" ? result : null;
  return {
    jobId: row.job_id,
    token: row.token,
    outcome: result.outcome,
    errorClass: failed?.errorClass ?? null,
    errorMessage: failed?.message ?? (result.outcome === "declined" ? result.message : null),
    costMicrousd: 0,
    retry: failed?.retry ?? null,
    logBytes: 0,
    logSha256: null,
    result: result.outcome === "succeeded" ? result.result : null,
  };
}
