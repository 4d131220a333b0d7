import type { Wire } from "../wire.ts";

export interface Outgoing {
  readonly name: string;
  readonly data: Wire;
  readonly opts: { readonly jobId: string };
}

/** The few operations of a BullMQ Queue that we allow ourselves (HAZARDS 14): add, look up by id, close. */
export interface MessageQueue {
  add(name: string, data: Wire, opts: { jobId: string }): Promise<unknown>;
  addBulk(jobs: Outgoing[]): Promise<unknown>;
  getJob(id: string): Promise<unknown>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface MessageWorker {
  pause(doNotWaitActive?: boolean): Promise<void>;
  resume(): Promise<void>;
  close(force?: boolean): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "failed", listener: (message: unknown, error: Error) => void): unknown;
}

export type Processor = (message: { id?: string | undefined; data: unknown }) => Promise<void>;

/** What differs between BullMQ on Redis and on PostgreSQL. */
export interface Backend {
  readonly kind: "redis" | "postgres";
  newQueue(name: string): MessageQueue;
  /** Adds messages in as few round trips as the backend does cheaply. */
  add(queue: MessageQueue, messages: Outgoing[]): Promise<void>;
  newWorker(name: string, concurrency: number, processor: Processor): MessageWorker;
  /** Resolves when the server can be used; rejects within seconds with HoldpointError when it can't. */
  ready(): Promise<void>;
  /** Without asking: whether the last that was heard of the server was good. */
  isUp(): boolean;
  ping(): Promise<void>;
  /** Drops all connections at once. */
  release(): Promise<void>;
}

/** Options of every message: acknowledged or failed, it is gone; nothing is ever tried again by the queue. */
export const MESSAGE_OPTIONS = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const;

/** Worker options common to both backends, in milliseconds where they are times. */
export function workerOptions(concurrency: number, lockMs: number) {
  return {
    concurrency,
    lockDuration: lockMs,
    stalledInterval: Math.max(1_000, Math.floor(lockMs / 2)),
    maxStalledCount: 1,
    // BullMQ waits 15 s after a connection error by default.
    runRetryDelay: 1_000,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  };
}
