import { performance } from "node:perf_hooks";
import type { ClaimedRow } from "@holdpoint/db/runtime";
import type { JobQueue, Lane } from "@holdpoint/policy";
import type { Hint } from "@holdpoint/queues";
import type { ClaimTicket, HotCalls } from "../runtime/hot-calls.ts";
import type { Moment } from "../runtime/clock.ts";
import { Fifo } from "./fifo.ts";
import { SlotPool } from "./slots.ts";

/** A hint that waited longer than this for a slot is given back: its job is still queued and goes elsewhere. */
export const GIVE_BACK_MS = 20_000;

export interface JobLaneOptions {
  name: Lane;
  slots: number;
  /** In the order in which free slots look at them; the first goes before the rest when `firstIsUrgent`. */
  queues: readonly JobQueue[];
  firstIsUrgent: boolean;
  /** How many messages the lane is given at once. */
  messages: number;
  calls: HotCalls;
  /** Whether this process may take new work now. */
  mayClaim: () => boolean;
  /**
   * Starts a run on a slot of the lane; it must end with `slotFree()` and, when settled, `settled()`. False: this
   * process runs it already (a repeated call answers twice for a hint that came twice).
   */
  start: (row: ClaimedRow, sent: Moment, slot: TakenSlot) => boolean;
  /** The gate has answered for the hint. */
  answered: (queue: JobQueue, hint: Hint, verdict: string | null) => void;
  /** The lane is closed: another worker may take the hint. */
  turnedAway: (queue: JobQueue, hint: Hint) => void;
}

export type Side = "first" | "others";

/** A slot in use; the lane wants it back with `slotFree()`. */
export interface TakenSlot {
  readonly jobId: string;
}

/** Runs that take longer than this on average are long. */
const LONG_MS = 100;
/** How much a run's time counts in the average. */
const WEIGHT = 0.2;

/** Hints wait here for slots; a slot that takes one asks the gate for it. Never holds a right to run anything. */
export class JobLane {
  readonly name: Lane;
  readonly slots: SlotPool;
  readonly queues: readonly JobQueue[];
  readonly #options: JobLaneOptions;
  readonly #waiting: Map<JobQueue, Fifo<WaitingHint>>;
  readonly #first: JobQueue | null;
  /** Runs whose handler has returned and whose settling is not answered yet. */
  #unsettled = 0;
  #closed = false;
  #meanMs = Infinity;
  #lastHintAt: number | null = null;
  #turnedAt = performance.now();

  constructor(options: JobLaneOptions) {
    this.#options = options;
    this.name = options.name;
    this.queues = options.queues;
    this.slots = new SlotPool(options.slots);
    this.#waiting = new Map(options.queues.map((queue) => [queue, new Fifo<WaitingHint>()]));
    this.#first = options.firstIsUrgent ? (options.queues[0] ?? null) : null;
  }

  /**
   * Takes a message's hints in. Resolves when each was claimed, refused or given back: then it may be acknowledged.
   * (In a lane of few slots and long runs: when the run's handler has returned.)
   */
  take(queue: JobQueue, hints: readonly Hint[]): Promise<void> {
    const list = this.#waiting.get(queue);
    if (list === undefined || hints.length === 0) return Promise.resolve();
    if (this.#closed) {
      for (const hint of hints) this.#options.turnedAway(queue, hint);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const message = new Message(hints.length, resolve);
      const now = performance.now();
      for (const hint of hints) list.push(new WaitingHint(this, queue, hint, message, now));
      this.pump();
    });
  }

  /** Gives free slots to waiting hints, as far as this process may take work. */
  pump(): void {
    this.#turnedAt = performance.now();
    if (this.slots.free === 0 || this.#unsettled > this.slots.size || !this.#options.mayClaim()) return;
    for (;;) {
      const firstWaits = this.#first !== null && this.#sizeOf(this.#first) > 0;
      const other = this.#longestWaitingOther();
      const side = this.slots.next(firstWaits, other !== null);
      if (side === null) return;
      const queue = side === "first" ? this.#first : other;
      const hint = queue === null ? undefined : this.#waiting.get(queue)?.shift();
      if (hint === undefined) return;
      this.slots.take(side);
      hint.side = side;
      this.#lastHintAt = this.#turnedAt;
      this.#options.calls.claim(this.name, hint);
    }
  }

  /** The run's handler has returned after so many ms; its settling follows. */
  slotFree(slot: TakenSlot, tookMs: number): void {
    if (!(slot instanceof WaitingHint)) throw new TypeError("a slot that this lane never gave");
    this.#meanMs = this.#meanMs === Infinity ? tookMs : this.#meanMs + WEIGHT * (tookMs - this.#meanMs);
    if (slot.held) slot.message.done();
    this.slots.give(slot.side);
    this.#unsettled += 1;
    this.pump();
  }

  /** The run's settling was answered, or it was left to the fleet. */
  settled(): void {
    this.#unsettled -= 1;
    if (this.slots.free > 0) this.pump();
  }

  /** Gives back what waited too long, or everything (a stop, a shutdown). Called about each second. */
  giveBack(everything = false): void {
    const limit = performance.now() - GIVE_BACK_MS;
    for (const list of this.#waiting.values()) {
      for (let hint = list.peek(); hint !== undefined; hint = list.peek()) {
        if (!everything && hint.since > limit) break;
        list.shift();
        if (this.#closed) this.#options.turnedAway(hint.queue, hint);
        hint.message.done();
      }
    }
    this.pump();
  }

  /** Takes no more hints: what waits, and what still arrives, is left to other workers at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.giveBack(true);
  }

  /** Takes hints again. */
  open(): void {
    this.#closed = false;
  }

  /** What the heartbeat says of this lane; ages in milliseconds, measured here. */
  report(): {
    slots: number;
    busy: number;
    waiting: number;
    unsettled: number;
    turned_ago_ms: number;
    hint_ago_ms: number | null;
  } {
    const now = performance.now();
    return {
      slots: this.slots.size,
      busy: this.slots.busy,
      waiting: this.waiting,
      unsettled: this.#unsettled,
      turned_ago_ms: Math.round(now - this.#turnedAt),
      hint_ago_ms: this.#lastHintAt === null ? null : Math.round(now - this.#lastHintAt),
    };
  }

  get waiting(): number {
    let count = 0;
    for (const list of this.#waiting.values()) count += list.size;
    return count;
  }

  /** The gate's answer for a hint of this lane. */
  answer(hint: WaitingHint, row: ClaimedRow | null, sent: Moment): void {
    this.#options.answered(hint.queue, hint, row?.verdict ?? null);
    const leased = row !== null && (row.verdict === "claimed" || row.verdict === "repeat");
    hint.held = leased && this.#holds;
    if (!hint.held) hint.message.done();
    if (leased && this.#options.start(row, sent, hint)) return;
    if (hint.held) hint.message.done();
    this.slots.give(hint.side);
    this.pump();
  }

  /**
   * Whether the message of a started run is kept until its handler returns. With long runs and few slots it is: a lane
   * whose slots are all taken then fetches nothing that another worker could start at once.
   */
  get #holds(): boolean {
    return this.#meanMs >= LONG_MS && this.slots.size <= this.#options.messages;
  }

  #sizeOf(queue: JobQueue): number {
    return this.#waiting.get(queue)?.size ?? 0;
  }

  #longestWaitingOther(): JobQueue | null {
    let found: JobQueue | null = null;
    let since = Infinity;
    for (const queue of this.queues) {
      const head = queue === this.#first ? undefined : this.#waiting.get(queue)?.peek();
      if (head !== undefined && head.since < since) {
        found = queue;
        since = head.since;
      }
    }
    return found;
  }
}

class Message {
  #left: number;
  readonly #resolve: () => void;

  constructor(hints: number, resolve: () => void) {
    this.#left = hints;
    this.#resolve = resolve;
  }

  done(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#resolve();
  }
}

/** A hint on its way through the lane; it is its own claim ticket, so that a job costs no closures. */
class WaitingHint implements ClaimTicket, Hint, TakenSlot {
  readonly jobId: string;
  readonly dispatchNo: number;
  readonly queue: JobQueue;
  readonly message: Message;
  readonly since: number;
  side: Side = "others";
  /** Its message waits for the run, not only for the claim. */
  held = false;
  readonly #lane: JobLane;

  constructor(lane: JobLane, queue: JobQueue, hint: Hint, message: Message, since: number) {
    this.#lane = lane;
    this.queue = queue;
    this.jobId = hint.jobId;
    this.dispatchNo = hint.dispatchNo;
    this.message = message;
    this.since = since;
  }

  claimAnswered(row: ClaimedRow | null, sent: Moment): void {
    this.#lane.answer(this, row, sent);
  }
}
