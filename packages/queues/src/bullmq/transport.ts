import { HoldpointError, type JobQueue, type QueueName, type TaskQueue } from "@holdpoint/policy";
import type {
  Consumer,
  ConsumeOptions,
  EpochMarker,
  ErrorListener,
  Handler,
  Hint,
  QueueTransport,
} from "../transport.ts";
import { newMessageId, wireOfHints, type Wire } from "../wire.ts";
import type { Backend, MessageQueue } from "./backend.ts";
import { BullConsumer } from "./consumer.ts";

/** Nobody consumes it: its one message stays until the server's memory is wiped. */
const EPOCH_QUEUE = "epoch";
const EPOCH_ID = "epoch-marker";

/** The transport over BullMQ, the same for both backends. */
export class BullTransport implements QueueTransport {
  readonly kind: "redis" | "postgres";
  readonly epochMarker: EpochMarker;
  readonly #backend: Backend;
  readonly #onError: ErrorListener;
  readonly #quietMs: number;
  readonly #queues = new Map<string, MessageQueue>();
  readonly #consumers = new Set<Consumer>();
  #closing: Promise<void> | null = null;

  constructor(backend: Backend, onError: ErrorListener, quietMs: number) {
    this.#quietMs = quietMs;
    this.kind = backend.kind;
    this.#backend = backend;
    this.#onError = onError;
    this.epochMarker = {
      present: () => this.#on(EPOCH_QUEUE, async (queue) => isThere(await queue.getJob(EPOCH_ID))),
      set: () =>
        this.#on(EPOCH_QUEUE, async (queue) => {
          await queue.add("m", { t: [] }, { jobId: EPOCH_ID });
        }),
    };
  }

  addHints(queue: JobQueue, messages: readonly (readonly Hint[])[]): Promise<string[]> {
    return this.#add(
      queue,
      messages.map((hints) => wireOfHints(hints)),
    );
  }

  async addTask(queue: TaskQueue, taskIds: readonly string[]): Promise<string> {
    const [id] = await this.#add(queue, [{ t: taskIds }]);
    return id ?? "";
  }

  exists(queue: QueueName, messageIds: readonly string[]): Promise<boolean[]> {
    return this.#on(queue, async (bull) => {
      const found = await Promise.all(messageIds.map((id) => bull.getJob(id)));
      return found.map(isThere);
    });
  }

  consume(queue: QueueName, options: ConsumeOptions, handler: Handler): Consumer {
    const consumer = new BullConsumer({
      backend: this.#backend,
      queue,
      concurrency: options.concurrency,
      handler,
      onError: this.#onError,
      quietMs: this.#quietMs,
      sendCanary: async (id) => (await this.#add(queue, [{ c: id }]))[0] ?? "",
      exists: async (id) => (await this.exists(queue, [id]))[0] ?? false,
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  ping(): Promise<void> {
    return this.#backend.ping();
  }

  close(options: { force?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  async #close(options: { force?: boolean }): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close(options)));
    // Producers hold nothing; BullMQ's close of a shared connection only detaches listeners, but may wait for a server.
    const closing = [...this.#queues.values()].map((queue) =>
      queue.close().catch((error: Error) => this.#onError(error, "close")),
    );
    await Promise.race([Promise.all(closing), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
    await this.#backend.release();
  }

  async #add(queue: QueueName, contents: readonly Wire[]): Promise<string[]> {
    if (contents.length === 0) return [];
    const ids = contents.map(() => newMessageId());
    await this.#on(queue, (bull) =>
      this.#backend.add(
        bull,
        contents.map((data, i) => ({ name: "m", data, opts: { jobId: ids[i] ?? newMessageId() } })),
      ),
    );
    return ids;
  }

  /** Runs one operation on a BullMQ queue; whatever goes wrong is told as `unavailable`, in bounded time. */
  async #on<T>(name: string, operation: (queue: MessageQueue) => Promise<T>): Promise<T> {
    if (this.#closing !== null) {
      throw new HoldpointError("unavailable", "queue_closed", "The queues are closed.", { retryable: false });
    }
    await this.#backend.ready();
    const queue = this.#queueFor(name);
    try {
      await queue.waitUntilReady();
    } catch (error) {
      // BullMQ remembers a failed first contact for ever.
      if (this.#queues.get(name) === queue) this.#queues.delete(name);
      throw lost(error);
    }
    try {
      return await operation(queue);
    } catch (error) {
      throw lost(error);
    }
  }

  #queueFor(name: string): MessageQueue {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = this.#backend.newQueue(name);
    queue.on("error", (error) => this.#onError(error, `queue ${name}`));
    this.#queues.set(name, queue);
    return queue;
  }
}

function isThere(job: unknown): boolean {
  return job !== undefined && job !== null;
}

function lost(cause: unknown): HoldpointError {
  if (cause instanceof HoldpointError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new HoldpointError("unavailable", "queue_unreachable", `The queue's server did not answer: ${message}`, {
    cause,
  });
}
