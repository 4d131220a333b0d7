import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop was at worst since one last asked, in milliseconds. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: 20 });

  constructor() {
    this.#histogram.enable();
  }

  take(): number {
    // The histogram counts the sampling interval itself; without samples its max is 0.
    const late = Math.max(0, this.#histogram.max / 1e6 - 20);
    this.#histogram.reset();
    return Math.round(late);
  }

  close(): void {
    this.#histogram.disable();
  }
}
