import type { JobQueue, QueueName, TaskQueue } from "@holdpoint/policy";

/** Says that a job may be ready. Never a right to run: the gate decides. */
export interface Hint {
  readonly jobId: string;
  readonly dispatchNo: number;
}

export interface Message {
  readonly id: string;
  /** In a job queue: one or more hints, in the order in which they were sent. Empty in a task queue. */
  readonly hints: readonly Hint[];
  /** In a task queue: ids of tasks. Empty in a job queue. */
  readonly tasks: readonly string[];
  /** When this process got it, in milliseconds of `performance.now()`, which no clock change touches. */
  readonly receivedAt: number;
}

/** Acknowledges by returning. What it throws is reported and the message is gone: the truth is in Postgres. */
export type Handler = (message: Message) => Promise<void>;

export interface ConsumeOptions {
  /** How many messages the handler may hold at once. */
  readonly concurrency: number;
}

export interface Consumer {
  /** Takes no more messages; those the handler holds go on. */
  pause(): void;
  resume(): void;
  /**
   * Ends it. Waits for the handlers, unless `force`; with the server down it never waits longer than 5 s.
   * What a handler still holds then is delivered again to another consumer once its lock has run out.
   */
  close(options?: { force?: boolean }): Promise<void>;
  /** Whether messages are known to reach it: one did, or a canary, within the last 60 s, or its handlers are all busy. */
  isHealthy(): boolean;
}

/** A mark that vanishes with the queue's memory, so that a wipe is noticed. */
export interface EpochMarker {
  present(): Promise<boolean>;
  set(): Promise<void>;
}

/**
 * What carries hints. It may lose, repeat or delay messages; nothing it says is ever read as a fact about a job.
 * Every call that needs the server rejects with HoldpointError `unavailable` within seconds while the server is down.
 */
export interface QueueTransport {
  readonly kind: "redis" | "postgres";
  /** Sends one message per element, all in one call. Returns their ids, in order, each never used before. */
  addHints(queue: JobQueue, messages: readonly (readonly Hint[])[]): Promise<string[]>;
  /** Sends one message that carries these task ids. Returns its id. */
  addTask(queue: TaskQueue, taskIds: readonly string[]): Promise<string>;
  /** Whether each message still waits or is held by a consumer (messages are removed when they end, however they end). */
  exists(queue: QueueName, messageIds: readonly string[]): Promise<boolean[]>;
  consume(queue: QueueName, options: ConsumeOptions, handler: Handler): Consumer;
  readonly epochMarker: EpochMarker;
  /** Resolves when the server answers and is fit for use; rejects with `evicting_redis` when it may drop keys. */
  ping(): Promise<void>;
  /** Closes consumers and connections in under 10 s, also with the server down. `force` doesn't wait for handlers. */
  close(options?: { force?: boolean }): Promise<void>;
}

/** Told of errors that no caller can be given: lost connections, failed acknowledgements, what handlers threw. */
export type ErrorListener = (error: Error, where: string) => void;

export interface QueueOptions {
  /** Keeps installations apart that share a server. Letters, digits, `-` and `_`. */
  readonly prefix: string;
  readonly onError?: ErrorListener;
  /** How long a message belongs to its consumer without a sign of life, in milliseconds. Default 60 000. */
  readonly lockMs?: number;
  /** A consumer that got nothing for this long is asked with a canary, in milliseconds. Default 15 000. */
  readonly quietMs?: number;
}

export type QueueServer =
  | { readonly redisUrl: string }
  | {
      readonly postgresUrl: string;
      /** Always `bullmq`: it is what the owner migrates, and what lets all queues share one pool. */
      readonly schema: "bullmq";
    };
