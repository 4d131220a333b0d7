/**
 * The slots of one lane, and whose turn it is. `first` queues (priority) go before the others while they have work,
 * but leave one slot in eight; a lane with fewer than eight slots gives every eighth start to the others instead.
 */
export class SlotPool {
  readonly size: number;
  #busy = 0;
  #busyOthers = 0;
  #firstInRow = 0;

  constructor(size: number) {
    this.size = size;
  }

  get busy(): number {
    return this.#busy;
  }

  get free(): number {
    return this.size - this.#busy;
  }

  /** Which of the two may take the next free slot; null: no slot is free, or nobody waits. */
  next(firstWaits: boolean, othersWait: boolean): "first" | "others" | null {
    if (this.#busy >= this.size) return null;
    if (!firstWaits) return othersWait ? "others" : null;
    if (!othersWait) return "first";
    const kept = Math.floor(this.size / 8);
    if (kept > 0) return this.#busyOthers < kept ? "others" : "first";
    return this.#firstInRow >= 7 ? "others" : "first";
  }

  take(side: "first" | "others"): void {
    this.#busy += 1;
    if (side === "others") {
      this.#busyOthers += 1;
      this.#firstInRow = 0;
    } else this.#firstInRow += 1;
  }

  give(side: "first" | "others"): void {
    this.#busy -= 1;
    if (side === "others") this.#busyOthers -= 1;
  }
}
