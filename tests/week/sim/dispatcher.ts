import { pickReady } from "@holdpoint/db/runtime";
import { JOB_QUEUES, QUEUES } from "@holdpoint/policy";
import type { Random } from "../../faults/harness/random.ts";
import { again } from "./faulty-database.ts";
import type { Hint, SimWorker } from "./worker.ts";

export interface Weather {
  /** Of a hundred hints so many are lost, and so many reach two workers. */
  lost: number;
  doubled: number;
}

/** Picks what is ready with the real pick and hands the hints out; a hint that is lost is picked again. */
export class Dispatcher {
  readonly #cursors = new Map<string, string>();
  readonly #lively = new Set<string>();
  readonly #random: Random;
  readonly weather: Weather = { lost: 1, doubled: 2 };
  readonly #tally: (name: string, by?: number) => void;

  constructor(random: Random, tally: (name: string, by?: number) => void) {
    this.#random = random;
    this.#tally = tally;
  }

  /** One round over the queues; but in the first of a tick, only those that had something. Answers how many runs began. */
  async round(workers: readonly SimWorker[], first: boolean): Promise<number> {
    let begun = 0;
    for (const queue of JOB_QUEUES) {
      if (!first && !this.#lively.has(queue)) continue;
      const awake = workers.filter((worker) => worker.free > 0);
      const leader = awake[0];
      const caller = leader?.caller;
      if (leader === undefined || caller === null || caller === undefined) return begun;
      const want = awake.reduce((sum, worker) => sum + worker.free, 0);
      const cursor = this.#cursors.get(queue) ?? "";
      const request = { queue, want, cursor, out: [], look: false };
      const rows = await again(() => pickReady(leader.db, caller, request));
      this.#cursors.set(queue, rows.find((row) => row.kind === "cursor")?.cursor ?? "");
      const ready = rows.filter((row) => row.kind === "ready");
      if (ready.length > 0) this.#lively.add(queue);
      else this.#lively.delete(queue);
      if (ready.length === 0) continue;
      const hints = ready.map((row) => ({ jobId: row.job_id, dispatchNo: row.dispatch_no }));
      begun += await this.#deliver(QUEUES[queue].lane, hints, awake);
    }
    return begun;
  }

  async #deliver(lane: string, hints: readonly Hint[], workers: readonly SimWorker[]): Promise<number> {
    const room = new Map(workers.map((worker) => [worker, worker.free]));
    const batches = new Map<SimWorker, Hint[]>(workers.map((worker) => [worker, []]));
    const give = (hint: Hint) => {
      const worker = this.#random.pick(workers);
      const chosen = (room.get(worker) ?? 0) > 0 ? worker : workers.find((one) => (room.get(one) ?? 0) > 0);
      if (chosen === undefined) return;
      room.set(chosen, (room.get(chosen) ?? 0) - 1);
      batches.get(chosen)?.push(hint);
    };
    for (const hint of hints) {
      const luck = this.#random.between(1, 100);
      if (luck <= this.weather.lost) this.#tally("hints lost");
      else give(hint);
      if (luck > 100 - this.weather.doubled) {
        this.#tally("hints repeated");
        give(hint);
      }
    }
    const before = workers.reduce((sum, worker) => sum + worker.busy, 0);
    await Promise.all([...batches].map(([worker, batch]) => worker.claim(lane, batch)));
    return workers.reduce((sum, worker) => sum + worker.busy, 0) - before;
  }
}
