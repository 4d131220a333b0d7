import { HoldpointError } from "@holdpoint/policy";
import { createRedisBackend, withBackend } from "bullmq";
import { Redis, type RedisOptions } from "ioredis";
import type { ErrorListener } from "../transport.ts";
import type { Wire } from "../wire.ts";
import {
  MESSAGE_OPTIONS,
  workerOptions,
  type Backend,
  type MessageQueue,
  type MessageWorker,
  type Outgoing,
  type Processor,
} from "./backend.ts";

const { Queue, Worker } = withBackend(createRedisBackend);

// Every option that matters is stated: ioredis 6 has other defaults than 5 (HAZARDS 10).
const COMMON: RedisOptions = {
  protocol: 2,
  noDelay: true,
  keepAlive: 10_000,
  connectTimeout: 5_000,
  enableReadyCheck: true,
  enableAutoPipelining: false,
  // BullMQ's own grows to 20 s.
  retryStrategy: (times) => Math.min(times * 100, 2_000),
};
const PRODUCER: RedisOptions = { ...COMMON, enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 5_000 };
const CONSUMER: RedisOptions = { ...COMMON, enableOfflineQueue: true, maxRetriesPerRequest: null };

const FIRST_WAIT_MS = 2_000;

/** BullMQ on Redis: one connection for all producers, one for all acknowledgements, one blocking one per consumer. */
export class RedisBackend implements Backend {
  readonly kind = "redis";
  readonly #prefix: string;
  readonly #lockMs: number;
  readonly #onError: ErrorListener;
  readonly #producer: Redis;
  readonly #url: string;
  #acknowledger: Redis | null = null;
  /** Of the present connection: proof that the server evicts nothing, or why not. */
  #fitness: Promise<void> | null = null;
  #fit = false;

  constructor(url: string, options: { prefix: string; lockMs: number; onError: ErrorListener }) {
    this.#url = url;
    this.#prefix = options.prefix;
    this.#lockMs = options.lockMs;
    this.#onError = options.onError;
    this.#producer = this.#connect(PRODUCER, "redis producer");
    this.#producer.on("ready", () => {
      void this.#checkFitness();
    });
    this.#producer.on("close", () => {
      this.#fit = false;
      this.#fitness = null;
    });
  }

  newQueue(name: string): MessageQueue {
    return new Queue<Wire>(name, {
      connection: this.#producer,
      prefix: this.#prefix,
      defaultJobOptions: MESSAGE_OPTIONS,
      skipMetasUpdate: true,
      streams: { events: { maxLen: 10 } },
    });
  }

  async add(queue: MessageQueue, messages: Outgoing[]): Promise<void> {
    await queue.addBulk(messages);
  }

  newWorker(name: string, concurrency: number, processor: Processor): MessageWorker {
    this.#acknowledger ??= this.#connect(CONSUMER, "redis consumer");
    return new Worker<Wire>(name, processor, {
      connection: this.#acknowledger,
      prefix: this.#prefix,
      ...workerOptions(concurrency, this.#lockMs),
    });
  }

  isUp(): boolean {
    return this.#fit && this.#producer.status === "ready";
  }

  async ready(): Promise<void> {
    if (this.isUp()) return;
    if (this.#producer.status !== "ready") await this.#untilReady();
    await this.#checkFitness();
  }

  async ping(): Promise<void> {
    await this.ready();
    try {
      await this.#producer.ping();
    } catch (error) {
      throw unavailable(error);
    }
  }

  async release(): Promise<void> {
    this.#producer.disconnect();
    this.#acknowledger?.disconnect();
  }

  #connect(options: RedisOptions, where: string): Redis {
    const client = new Redis(this.#url, options);
    client.on("error", (error: Error) => this.#onError(error, where));
    return client;
  }

  /** A connection under way gets a moment; one that is down does not hold the caller. */
  async #untilReady(): Promise<void> {
    const client = this.#producer;
    await new Promise<void>((resolve, reject) => {
      const done = (outcome: () => void) => {
        clearTimeout(timer);
        client.off("ready", onReady);
        client.off("close", onClose);
        outcome();
      };
      const onReady = () => done(resolve);
      const onClose = () => done(() => reject(unavailable(null)));
      const timer = setTimeout(onClose, FIRST_WAIT_MS);
      client.on("ready", onReady);
      client.on("close", onClose);
    });
  }

  #checkFitness(): Promise<void> {
    if (this.#fitness !== null) return this.#fitness;
    const check = refuseEviction(this.#producer);
    this.#fitness = check;
    check.then(
      () => {
        this.#fit = this.#fitness === check;
      },
      (error: unknown) => {
        if (this.#fitness === check) this.#fitness = null;
        this.#onError(error instanceof Error ? error : new Error(String(error)), "redis check");
      },
    );
    return check;
  }
}

/** INFO rather than CONFIG GET, which managed servers forbid. */
async function refuseEviction(client: Redis): Promise<void> {
  let info: string;
  try {
    info = await client.info("memory");
  } catch (error) {
    throw unavailable(error);
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "noeviction";
  if (policy === "noeviction") return;
  throw new HoldpointError("refused", "evicting_redis", `Redis may evict keys: its maxmemory-policy is ${policy}.`, {
    remedy: "Set maxmemory-policy to noeviction, or give Holdpoint a Redis of its own.",
    retryable: false,
  });
}

function unavailable(cause: unknown): HoldpointError {
  return new HoldpointError("unavailable", "queue_unreachable", "Redis can't be reached.", {
    remedy: "Work stays in Postgres and goes on when Redis is back.",
    cause: cause ?? undefined,
  });
}
