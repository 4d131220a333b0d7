import { performance } from "node:perf_hooks";
import { pickReady } from "@holdpoint/db/runtime";
import { QUEUES } from "@holdpoint/policy";
import type { JobQueue } from "@holdpoint/policy";
import type { QueueTransport } from "@holdpoint/queues";
import type { Access } from "../../runtime/databases.ts";
import { bundle } from "./bundle.ts";
import type { ReadyHint } from "./bundle.ts";
import type { FleetView } from "./fleet-view.ts";
import { OutSet } from "./out-set.ts";

/**
 * Hints out at once for each live slot. Of short runs many, so that slots never wait for a pick. Of long ones few: what
 * is out goes first, so another venture's first job waits for so many runs (bench `claim`: at most two).
 */
const PER_SLOT = { fast: 8, slow: 1 };
const LOOK_UP_AFTER_MS = 15_000;
/** How long a window that is more than half full is left alone; what other workers took of it shows only in a pick. */
export const FULL_MS = 50;
/** How often a lone worker's window is compared with the jobs table. */
const LOOK_EVERY_MS = 1_000;

export interface JobQueueParts {
  access: Access;
  transport: QueueTransport;
  fleet: FleetView;
}

/** Keeps one job queue's window filled from the jobs table. */
export class JobQueueDispatch {
  readonly queue: JobQueue;
  readonly out = new OutSet();
  readonly #parts: JobQueueParts;
  filledAt = -Infinity;
  #lookedAt = -Infinity;
  #cursor = "";
  #fastLately = false;
  /** A concurrency limit is full: a slot may free up at any moment and nobody says so. */
  capped = false;
  /** The last pick left something behind: taken hints make room for it. */
  #deep = false;

  constructor(queue: JobQueue, parts: JobQueueParts) {
    this.queue = queue;
    this.#parts = parts;
  }

  get window(): number {
    return Math.ceil(this.#slots * (this.#fastLately ? PER_SLOT.fast : PER_SLOT.slow));
  }

  /** Whether so many hints were taken that it is worth filling up from what the last pick left behind. */
  get low(): boolean {
    return this.#deep && this.out.expected <= this.window / 2;
  }

  /** Whether a pick now would read mostly what is known: a deep backlog, more than half of the window still out. */
  get full(): boolean {
    return this.#deep && this.out.expected > this.window / 2 && performance.now() - this.filledAt < FULL_MS;
  }

  get deep(): boolean {
    return this.#deep;
  }

  reset(): void {
    this.out.clear();
    this.#cursor = "";
  }

  /** One pick, and one call that sends what it found. True: go on at once. */
  async fill(): Promise<boolean> {
    if (this.full) return false;
    const { access, fleet } = this.#parts;
    this.filledAt = performance.now();
    this.out.dropAnswered();
    const want = Math.max(0, this.window - this.out.size);
    // Hints that this process took were answered here; only what others took has to be looked for.
    const look = fleet.lane(QUEUES[this.queue].lane).workers > 1 || this.filledAt - this.#lookedAt >= LOOK_EVERY_MS;
    if (look) this.#lookedAt = this.filledAt;
    const rows = await pickReady(access.databases.dispatch, access.caller, {
      queue: this.queue,
      want,
      cursor: this.#cursor,
      out: this.out.hints(),
      look,
    });
    const ready: ReadyHint[] = [];
    for (const row of rows) {
      if (row.kind === "ready")
        ready.push({ jobId: row.job_id, dispatchNo: row.dispatch_no, type: row.type, venture: row.venture });
      else if (row.kind === "gone") this.out.gone(row.job_id, row.dispatch_no);
      else {
        this.#cursor = row.cursor ?? "";
        this.capped = row.dispatch_no === 1;
      }
    }
    this.#deep = ready.length >= want || this.#cursor !== "";
    if (ready.length > 0) {
      fleet.lookAtOwnTimes();
      this.#fastLately = ready.every((hint) => fleet.fast(hint.type));
      await this.#send(ready, ready.length >= want);
    }
    // A pick that saw all of what is ready leaves nothing to go on with: what is new since then says so itself.
    return this.#deep && this.out.expected <= this.window / 2 && (ready.length > 0 || want > 0);
  }

  /** Looks up messages that were out for long, by id and only for existence: age asks, it never sends. */
  async lookUp(): Promise<number> {
    const now = performance.now();
    const ids = this.out.messagesOlderThan(LOOK_UP_AFTER_MS, now);
    if (ids.length === 0) return 0;
    const present = await this.#parts.transport.exists(this.queue, ids);
    return this.out.lookedUp(new Map(ids.map((id, i) => [id, present[i] ?? true])), now);
  }

  async #send(ready: readonly ReadyHint[], deep: boolean): Promise<void> {
    const { transport, fleet } = this.#parts;
    const lane = fleet.lane(QUEUES[this.queue].lane);
    const urgent = this.queue === "priority";
    const messages = urgent
      ? ready.map((hint) => [hint])
      : bundle(ready, { ...lane, deep, fast: (type) => fleet.fast(type) });
    const ids = await transport.addHints(this.queue, messages);
    const now = performance.now();
    messages.forEach((message, i) => {
      for (const hint of message) this.out.add(hint, ids[i] ?? "", now);
    });
  }

  get #slots(): number {
    return this.#parts.fleet.lane(QUEUES[this.queue].lane).slots;
  }
}
