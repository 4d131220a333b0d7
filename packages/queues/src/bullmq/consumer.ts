import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { QueueName } from "@holdpoint/policy";
import type { Consumer, ErrorListener, Handler } from "../transport.ts";
import { readMessage } from "../wire.ts";
import type { Backend, MessageWorker } from "./backend.ts";

/** So many canaries in a row that others took: enough to doubt, and a rebuild costs an idle consumer nothing. */
const FOREIGN_LIMIT = 12;
const HEALTHY_MS = 60_000;
const CLOSE_MS = 5_000;

interface Canary {
  readonly messageId: string;
  readonly sentAt: number;
}

export interface ConsumerParts {
  readonly backend: Backend;
  readonly queue: QueueName;
  readonly concurrency: number;
  readonly handler: Handler;
  readonly onError: ErrorListener;
  /** Silence after which it is asked with a canary, which then has two thirds of that to arrive. */
  readonly quietMs: number;
  /** Puts a canary with this id into the queue; returns its message id. */
  readonly sendCanary: (id: string) => Promise<string>;
  readonly exists: (messageId: string) => Promise<boolean>;
}

/**
 * A BullMQ Worker that is replaced when messages don't reach it. A worker that only waits looks the same as one whose
 * connection hangs (bullmq#4585), so a quiet one sends itself a canary through its own queue.
 */
export class BullConsumer implements Consumer {
  readonly #parts: ConsumerParts;
  readonly #id = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #worker: MessageWorker | null = null;
  #inHand = 0;
  #paused = false;
  #closed = false;
  #lastSign = performance.now();
  #canary: Canary | null = null;
  #foreign = 0;
  #checking = false;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#check(), parts.quietMs / 3).unref();
    void this.#start();
  }

  pause(): void {
    this.#paused = true;
    this.#canary = null;
    this.#worker?.pause(true).catch((error: Error) => this.#report(error));
  }

  resume(): void {
    this.#paused = false;
    this.#lastSign = performance.now();
    if (this.#worker === null) void this.#start();
    else this.#worker.resume().catch((error: Error) => this.#report(error));
  }

  isHealthy(): boolean {
    if (this.#closed || !this.#parts.backend.isUp()) return false;
    if (this.#worker === null) return this.#paused;
    return this.#isBusy() || performance.now() - this.#lastSign < HEALTHY_MS;
  }

  async close(options: { force?: boolean } = {}): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    const worker = this.#worker;
    this.#worker = null;
    if (worker !== null) await this.#end(worker, options.force === true);
  }

  /**
   * Consumption begins only on a server that is fit for it, however long that takes, and not while paused: a BullMQ worker
   * that is resumed while it is still beginning to pause never fetches again.
   */
  async #start(): Promise<void> {
    if (this.#closed || this.#paused || this.#worker !== null) return;
    try {
      await this.#parts.backend.ready();
    } catch (error) {
      this.#report(error);
      return; // The next check tries again.
    }
    if (this.#closed || this.#paused || this.#worker !== null) return;
    const { backend, queue, concurrency } = this.#parts;
    const worker = backend.newWorker(queue, concurrency, (message) => this.#take(message.id ?? "", message.data));
    worker.on("error", (error) => this.#report(error));
    worker.on("failed", (_message, error) => this.#report(error));
    this.#worker = worker;
    this.#lastSign = performance.now();
    this.#canary = null;
    this.#foreign = 0;
  }

  async #take(id: string, data: unknown): Promise<void> {
    const receivedAt = performance.now();
    this.#lastSign = receivedAt;
    const message = readMessage(id, data, receivedAt);
    if (message === null) {
      this.#report(new Error(`message ${id} is not ours and was dropped`));
      return;
    }
    if ("canary" in message) {
      if (message.canary === this.#id) [this.#canary, this.#foreign] = [null, 0];
      return;
    }
    this.#foreign = 0;
    this.#inHand++;
    try {
      await this.#parts.handler(message);
    } finally {
      this.#inHand--;
      this.#lastSign = performance.now();
    }
  }

  async #check(): Promise<void> {
    if (this.#checking || this.#closed) return;
    this.#checking = true;
    try {
      if (this.#worker === null) await this.#start();
      else if (!this.#paused && !this.#isBusy() && this.#parts.backend.isUp()) await this.#ask();
      else this.#canary = null;
    } catch (error) {
      this.#canary = null;
      this.#report(error);
    } finally {
      this.#checking = false;
    }
  }

  async #ask(): Promise<void> {
    const now = performance.now();
    if (this.#canary === null) {
      if (now - this.#lastSign < this.#parts.quietMs) return;
      const messageId = await this.#parts.sendCanary(this.#id);
      this.#canary = { messageId, sentAt: now };
      return;
    }
    if (now - this.#canary.sentAt < (this.#parts.quietMs * 2) / 3) return;
    const { messageId } = this.#canary;
    const there = await this.#parts.exists(messageId);
    if (this.#canary?.messageId !== messageId) return; // It came while we asked.
    this.#canary = null;
    if (!there && ++this.#foreign < FOREIGN_LIMIT) return;
    this.#report(new Error(`no message reaches the consumer of ${this.#parts.queue}; its connection is rebuilt`));
    await this.#rebuild();
  }

  async #rebuild(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    this.#foreign = 0;
    if (worker !== null) await this.#end(worker, this.#inHand === 0);
    await this.#start();
  }

  #isBusy(): boolean {
    return this.#inHand >= this.#parts.concurrency;
  }

  /** A closing worker waits for its server for ever (HAZARDS 8): so never for longer than CLOSE_MS. */
  async #end(worker: MessageWorker, force: boolean): Promise<void> {
    const closing = worker.close(force || !this.#parts.backend.isUp()).catch((error: Error) => this.#report(error));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([closing, patience]);
    clearTimeout(timer);
  }

  #report(error: unknown): void {
    this.#parts.onError(error instanceof Error ? error : new Error(String(error)), `consumer of ${this.#parts.queue}`);
  }
}
