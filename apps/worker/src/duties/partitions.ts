import { ensurePartitions } from "@holdpoint/db/runtime";
import type { Access } from "../runtime/databases.ts";
import type { Duty } from "./duty-loop.ts";

const HOUR_MS = 3_600_000;

/** Makes this month's and the next month's partitions, long before they are needed. */
export class PartitionsDuty implements Duty {
  readonly name = "partitions";
  readonly intervalMs = HOUR_MS;
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  async runOnce(): Promise<boolean> {
    await ensurePartitions(this.#access.databases.work, this.#access.caller);
    return false;
  }
}
