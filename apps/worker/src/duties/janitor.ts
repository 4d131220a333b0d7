import { performance } from "node:perf_hooks";
import { checkDatabase, expireJobs, prune, reap, tendBlocks } from "@holdpoint/db/runtime";
import type { Access } from "../runtime/databases.ts";
import type { Duty } from "./duty-loop.ts";

const BATCH = 100;
const PRUNE_EVERY_MS = 60_000;
const CHECK_EVERY_MS = 5_000;

/**
 * Ends what nobody else will: runs whose lease ran out, jobs whose time is over, blocks whose time has come, stops
 * that nobody confirmed. A bounded share per round, so that an outage is not a mass failure.
 */
export class JanitorDuty implements Duty {
  readonly name = "janitor";
  readonly intervalMs: number;
  readonly #access: Access;
  #prunedAt = -Infinity;
  #checkedAt = -Infinity;

  /** Runs often enough to be heard within one heartbeat window of the lease: reaping waits for two without a gap. */
  constructor(access: Access, renewEveryMs: number) {
    this.#access = access;
    this.intervalMs = Math.min(1_000, Math.floor(renewEveryMs / 2));
  }

  async runOnce(): Promise<boolean> {
    const { databases, caller } = this.#access;
    const now = performance.now();
    if (now - this.#checkedAt >= CHECK_EVERY_MS) {
      this.#checkedAt = now;
      await checkDatabase(databases.work, caller);
    }
    const reaped = await reap(databases.work, caller, BATCH);
    const expired = await expireJobs(databases.work, caller, BATCH);
    await tendBlocks(databases.work, caller);
    if (now - this.#prunedAt >= PRUNE_EVERY_MS) {
      this.#prunedAt = now;
      await prune(databases.work, caller);
    }
    // A full batch of reaping waits for the next round on purpose; expiry may go on.
    return expired >= BATCH && reaped < BATCH;
  }
}
