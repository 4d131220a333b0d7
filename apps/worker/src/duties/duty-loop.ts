import { performance } from "node:perf_hooks";
import { toHoldpointError } from "@holdpoint/db";
import { leadDuty, noteDuty } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";
import type { Access } from "../runtime/databases.ts";

/** A background loop of the fleet. Every duty is safe with two leaders at once: it repeats its preconditions. */
export interface Duty {
  readonly name: string;
  /** Milliseconds until it runs again when nothing woke it; read before each wait. */
  readonly intervalMs: number;
  /** One round. True: there is more to do, go on at once. */
  runOnce(): Promise<boolean>;
  /** This process leads from now on: whatever an earlier lead remembered is void. */
  lead?(): void;
  /** A round while another process leads; by default nothing. */
  follow?(): Promise<void>;
}

export interface DutyLoopOptions {
  access: Access;
  log: Log;
  /** The lead runs out this long after it was last renewed; default 5 s. */
  ttlMs?: number;
}

const NOTE_EVERY_MS = 10_000;
const MAX_PAUSE_MS = 2_000;

/** Runs one duty as long as this process leads it. Survives any error, a database that is away included. */
export class DutyLoop {
  readonly duty: Duty;
  readonly #options: DutyLoopOptions;
  readonly #ttlMs: number;
  #closed = false;
  #woken = false;
  #wakeUp: (() => void) | null = null;
  #over: Promise<void> = Promise.resolve();
  #leading = false;
  #leadAskedAt = -Infinity;
  #failures = 0;
  #notedAt = -Infinity;
  #noted: string | null | undefined = undefined;

  constructor(duty: Duty, options: DutyLoopOptions) {
    this.duty = duty;
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? 5_000;
  }

  get leading(): boolean {
    return this.#leading;
  }

  start(): void {
    this.#over = this.#loop();
  }

  /** There may be something to do now. Cheap to call often. */
  wake(): void {
    this.#woken = true;
    this.#wakeUp?.();
  }

  /** Resolves when the round under way has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#wakeUp?.();
    await this.#over;
  }

  async #loop(): Promise<void> {
    while (!this.#closed) {
      this.#woken = false;
      try {
        if (!(await this.#leads())) {
          await this.duty.follow?.();
          await this.#pause(this.#ttlMs / 3, false);
          continue;
        }
        const more = await this.duty.runOnce();
        if (this.#failures > 0) this.#options.log.info({ duty: this.duty.name }, "the duty works again");
        this.#failures = 0;
        await this.#note(null);
        if (!more) await this.#rest(this.duty.intervalMs);
      } catch (error) {
        this.#failures += 1;
        if (this.#failures === 1)
          this.#options.log.warn({ duty: this.duty.name, error }, "a duty failed; trying again");
        await this.#note(toHoldpointError(error).message);
        await this.#pause(Math.min(MAX_PAUSE_MS, 100 * 2 ** Math.min(this.#failures, 6)), false);
      }
    }
  }

  /** Until the next round. The lead is kept meanwhile: else each process would lead in turn, and run a round of its own. */
  async #rest(ms: number): Promise<void> {
    const until = performance.now() + ms;
    for (;;) {
      await this.#pause(Math.min(until - performance.now(), this.#ttlMs / 3), true);
      if (this.#closed || this.#woken || performance.now() >= until || !(await this.#leads())) return;
    }
  }

  /** Asks for the lead again after a third of its time; in between the last answer stands. */
  async #leads(): Promise<boolean> {
    const now = performance.now();
    if (now - this.#leadAskedAt < this.#ttlMs / 3) return this.#leading;
    const { access } = this.#options;
    const epoch = await leadDuty(access.databases.work, access.caller, this.duty.name, this.#ttlMs);
    this.#leadAskedAt = now;
    const leads = epoch !== null;
    if (leads && !this.#leading) {
      this.#options.log.debug({ duty: this.duty.name, epoch }, "leading");
      this.duty.lead?.();
    }
    this.#leading = leads;
    return leads;
  }

  async #note(error: string | null): Promise<void> {
    const now = performance.now();
    if (error === this.#noted && now - this.#notedAt < NOTE_EVERY_MS) return;
    this.#notedAt = now;
    this.#noted = error;
    const { access, log } = this.#options;
    await noteDuty(access.databases.work, access.caller, this.duty.name, error).catch((problem: unknown) =>
      log.debug({ duty: this.duty.name, error: problem }, "the duty's state could not be noted"),
    );
  }

  async #pause(ms: number, wakes: boolean): Promise<void> {
    if (this.#closed || (wakes && this.#woken)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeUp = () => {
        if (!wakes && !this.#closed) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = null;
  }
}
