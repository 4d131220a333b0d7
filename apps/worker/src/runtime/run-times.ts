const KEPT = 64;

/** How long recent runs of each type took in this process: what decides whether hints may share a message. */
export class RunTimes {
  readonly #types = new Map<string, { ms: Float64Array; next: number; count: number }>();

  note(type: string, ms: number): void {
    let kept = this.#types.get(type);
    if (kept === undefined) {
      kept = { ms: new Float64Array(KEPT), next: 0, count: 0 };
      this.#types.set(type, kept);
    }
    kept.ms[kept.next] = ms;
    kept.next = (kept.next + 1) % KEPT;
    kept.count += 1;
  }

  /** The median of the last 64 runs of each type, in milliseconds. */
  medians(): { [type: string]: number } {
    const medians: { [type: string]: number } = {};
    for (const [type, kept] of this.#types) {
      const known = kept.ms.slice(0, Math.min(kept.count, KEPT)).toSorted();
      medians[type] = Math.round((known[known.length >> 1] ?? 0) * 10) / 10;
    }
    return medians;
  }
}
