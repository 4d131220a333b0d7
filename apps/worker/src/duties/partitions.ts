import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { isContention } from "@holdpoint/db";
import { dropMonth, ensurePartitions, prepareDrop, pruneDropped } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";
import type { Access } from "../runtime/databases.ts";
import { sweepArtifacts } from "./artifact-sweep.ts";
import type { Duty } from "./duty-loop.ts";

const HOUR_MS = 3_600_000;
/** Rows of dropped jobs that are removed at a time. */
const PRUNED = 5_000;
const TRIES = 5;

/**
 * Makes this month's and the next month's partitions long before they are needed, and drops those of months whose jobs
 * have all ended and whose retention is over, with the rows that their jobs left. The files that they left on this
 * machine go whether it leads or not: no other machine can remove them.
 */
export class PartitionsDuty implements Duty {
  readonly name = "partitions";
  readonly intervalMs = HOUR_MS;
  readonly #access: Access;
  readonly #artifactsDir: string;
  readonly #log: Log;
  #sweptAt = -Infinity;

  constructor(options: { access: Access; artifactsDir: string; log: Log }) {
    this.#access = options.access;
    this.#artifactsDir = options.artifactsDir;
    this.#log = options.log;
  }

  async runOnce(): Promise<boolean> {
    const { databases, caller } = this.#access;
    await ensurePartitions(databases.work, caller);
    const month = await prepareDrop(databases.work, caller);
    if (month !== null && (await this.#drop(month))) {
      this.#log.info({ month }, "a month of ended jobs was dropped: its retention is over");
      return true;
    }
    if ((await pruneDropped(databases.work, caller, PRUNED)) >= PRUNED) return true;
    await this.#sweep();
    return false;
  }

  async follow(): Promise<void> {
    if (performance.now() - this.#sweptAt >= HOUR_MS) await this.#sweep();
  }

  async #sweep(): Promise<void> {
    this.#sweptAt = performance.now();
    const folders = await sweepArtifacts(this.#artifactsDir, this.#access);
    if (folders > 0) this.#log.info({ folders }, "artifacts of dropped jobs were removed");
  }

  /** The tables are taken only when they are free at once; what is busy now is tried again, then in an hour. */
  async #drop(month: string): Promise<boolean> {
    for (let tries = 1; ; tries++) {
      try {
        return await dropMonth(this.#access.databases.work, this.#access.caller, month);
      } catch (error) {
        if (!isContention(error)) throw error;
        if (tries === TRIES) return false;
      }
      await delay(1_000);
    }
  }
}
