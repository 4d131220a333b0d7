import { performance } from "node:perf_hooks";

/** A point in this process's time, on both of its clocks. Only differences are ever used. */
export interface Moment {
  readonly wall: number;
  readonly mono: number;
}

export function moment(): Moment {
  return { wall: Date.now(), mono: performance.now() };
}

/**
 * Milliseconds since then: the larger of what the two clocks say. A machine that slept may have a monotonic clock
 * that stood still, a clock that was set back may count too little; erring to "longer" is the safe side for leases.
 */
export function elapsedMs(since: Moment): number {
  return Math.max(Date.now() - since.wall, performance.now() - since.mono);
}
