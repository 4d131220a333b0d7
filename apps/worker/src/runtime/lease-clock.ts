import { leaseTimes } from "@holdpoint/policy";
import type { LeaseTimes } from "@holdpoint/policy";
import { elapsedMs, moment } from "./clock.ts";
import type { Moment } from "./clock.ts";

/** What this process may still do, judged by when it last reached the database. Counted from when calls were sent. */
export class LeaseClock {
  readonly times: LeaseTimes;
  #renewedAt: Moment = moment();

  constructor(leaseMs: number) {
    this.times = leaseTimes(leaseMs);
  }

  /** A heartbeat sent at `sent` was answered. */
  renewed(sent: Moment): void {
    this.#renewedAt = sent;
  }

  /** False from L/2 without a renewal: take no new work. */
  mayClaim(): boolean {
    return elapsedMs(this.#renewedAt) < this.times.quietAfter;
  }

  sinceRenewal(): number {
    return elapsedMs(this.#renewedAt);
  }
}
