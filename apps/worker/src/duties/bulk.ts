import { stepBulk } from "@holdpoint/db/runtime";
import type { Access } from "../runtime/databases.ts";
import type { Duty } from "./duty-loop.ts";

const BATCH = 20;
const IDLE_MS = 1_000;

/**
 * Carries out operations on many jobs, a few at a time. Its progress stands in the database: whoever leads next goes on
 * where the last one stopped.
 */
export class BulkDuty implements Duty {
  readonly name = "bulk";
  intervalMs = IDLE_MS;
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async runOnce(): Promise<boolean> {
    const { databases, caller } = this.#access;
    const step = await stepBulk(databases.work, caller, BATCH);
    this.intervalMs = step === null ? IDLE_MS : Math.min(IDLE_MS, step.wait_ms);
    // Another operation may have its turn now.
    return step !== null;
  }
}
