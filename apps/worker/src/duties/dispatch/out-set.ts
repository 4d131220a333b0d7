import type { OutHint } from "@holdpoint/db/runtime";

interface Out {
  readonly hint: OutHint;
  messageId: string;
  /** When it was offered, or last found to be still there. */
  seenAt: number;
}

/**
 * The hints of one queue that are out: offered and not known to be taken. Only memory: a new dispatcher starts empty,
 * and at worst one window goes out twice.
 */
export class OutSet {
  readonly #out = new Map<string, Out>();
  #answered: { jobId: string; no: number }[] = [];

  get size(): number {
    return this.#out.size;
  }

  /** How many will be out once the answers that came in are counted. */
  get expected(): number {
    return this.#out.size - this.#answered.length;
  }

  add(hint: OutHint, messageId: string, now: number): void {
    this.#out.set(hint.jobId, { hint, messageId, seenAt: now });
  }

  /** The gate answered for a hint. It leaves the set only before a pick that starts after this. */
  answered(jobId: string, no: number): void {
    if (this.#out.get(jobId)?.hint.dispatchNo === no) this.#answered.push({ jobId, no });
  }

  /** The hint was refused though its job is still ready: it is looked up soon, not only after long. */
  doubt(jobId: string, no: number): void {
    const out = this.#out.get(jobId);
    if (out?.hint.dispatchNo === no) out.seenAt = -Infinity;
  }

  /** Call before each pick: a pick that was under way when the answer came may still show the job as ready. */
  dropAnswered(): void {
    for (const { jobId, no } of this.#answered) this.gone(jobId, no);
    this.#answered = [];
  }

  gone(jobId: string, no: number): void {
    if (this.#out.get(jobId)?.hint.dispatchNo === no) this.#out.delete(jobId);
  }

  /** Every hint of the set. */
  hints(): OutHint[] {
    return [...this.#out.values()].map((out) => out.hint);
  }

  /** Message ids of hints that were out for longer than `ms`, each once. */
  messagesOlderThan(ms: number, now: number): string[] {
    const ids = new Set<string>();
    for (const out of this.#out.values()) if (now - out.seenAt > ms) ids.add(out.messageId);
    return [...ids];
  }

  /** What a look-up found: gone, and their jobs are offered again; or still there, and they are left. */
  lookedUp(found: ReadonlyMap<string, boolean>, now: number): number {
    let lost = 0;
    for (const [jobId, out] of this.#out) {
      const present = found.get(out.messageId);
      if (present === true) out.seenAt = now;
      if (present === false) {
        this.#out.delete(jobId);
        lost += 1;
      }
    }
    return lost;
  }

  clear(): void {
    this.#out.clear();
    this.#answered = [];
  }
}
