import { setTimeout as sleep } from "node:timers/promises";
import { toHoldpointError } from "@holdpoint/db";
import { Listener, controlNo, readControl } from "@holdpoint/db/runtime";
import type { Control, Queryable } from "@holdpoint/db/runtime";
import type { Log } from "../log.ts";
import type { Access } from "./databases.ts";

const POLL_MS = 500;

export interface ControlLinkOptions {
  access: Access;
  /** For LISTEN; the poll goes on over a pooled connection while it cannot be had. */
  directUrl: string;
  onControl: (control: Control) => void;
  /** Something may be ready: 'submit', 'ready', 'ready:QUEUE', 'task' or 'preview'. */
  onWake: (what: string) => void;
  /** Whether a standing stop must be looked at again, because claims may have been under way when it was engaged. */
  watching: () => boolean;
  onEnded: (reason: string) => void;
  log: Log;
}

/** Hears what people want of this process: by NOTIFY, and by a poll each 500 ms that does not depend on it. */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  readonly #closed = new AbortController();
  #listener: Listener | null = null;
  #seen: string | null = null;
  #reading = false;
  #again = false;
  #over: Promise<void> = Promise.resolve();
  #quiet = false;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
  }

  /** Reads once, then goes on by itself. */
  async start(): Promise<void> {
    await this.#connect();
    await this.#read();
    this.#over = Promise.all([this.#poll(), this.#keepListening()]).then(() => undefined);
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#listener?.close();
    await this.#over;
  }

  /** The LISTEN connection where there is one, else a pooled one. */
  get #db(): Queryable {
    return this.#listener ?? this.#options.access.databases.work;
  }

  async #poll(): Promise<void> {
    while (await this.#pause(POLL_MS)) {
      try {
        const no = await controlNo(this.#db);
        if (no !== this.#seen || this.#options.watching()) await this.#read();
        this.#quiet = false;
      } catch (error) {
        if (!this.#quiet) this.#options.log.warn({ error }, "the control connection failed; trying again");
        this.#quiet = true;
        await this.#dropListener();
      }
    }
  }

  async #keepListening(): Promise<void> {
    do {
      if (this.#listener === null) await this.#connect();
      else await Promise.race([this.#listener.ended.then(() => this.#dropListener()), this.#pause(60_000)]);
    } while (await this.#pause(POLL_MS));
  }

  async #connect(): Promise<void> {
    try {
      this.#listener = await Listener.open({
        url: this.#options.directUrl,
        name: "holdpoint-worker-control",
        channels: ["holdpoint_control", "holdpoint_wake"],
        onNotify: (channel, payload) => {
          if (channel === "holdpoint_wake") this.#options.onWake(payload);
          else this.#readSoon();
        },
      });
      // What was said while nobody listened.
      this.#options.onWake("ready");
      this.#readSoon();
    } catch (error) {
      this.#options.log.debug({ error }, "LISTEN is not to be had; polling only");
    }
  }

  async #dropListener(): Promise<void> {
    const listener = this.#listener;
    this.#listener = null;
    await listener?.close();
  }

  #readSoon(): void {
    this.#read().catch((error: unknown) =>
      this.#options.log.debug({ error }, "control could not be read; the poll will"),
    );
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      do {
        this.#again = false;
        const control = await readControl(this.#db, this.#options.access.caller);
        this.#seen = String(control.control_no);
        this.#options.onControl(control);
      } while (this.#again);
    } catch (error) {
      const problem = toHoldpointError(error);
      if (problem.reason === "unknown_worker") this.#options.onEnded(problem.message);
      throw error;
    } finally {
      this.#reading = false;
    }
  }

  /** False when the link was closed meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    const signal = this.#closed.signal;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
