import { HoldpointError } from "@holdpoint/policy";
import { assertSchemaCompatibility, createPostgresBackend, SchemaMigrationRequiredError, withBackend } from "bullmq";
import pg from "pg";
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

const { Queue, Worker } = withBackend(createPostgresBackend);

/** Connections for adding, taking and acknowledging, shared by all queues. Each consumer holds one more, to LISTEN. */
const QUERY_CONNECTIONS = 4;

/**
 * BullMQ on PostgreSQL over one pool. By default BullMQ opens a pool of ten and a LISTEN per queue and worker
 * (HAZARDS 13). Never migrates: the owner does, with migrateBullmqSchema().
 */
export class PostgresBackend implements Backend {
  readonly kind = "postgres";
  readonly #prefix: string;
  readonly #lockMs: number;
  readonly #pool: pg.Pool;
  #checking: Promise<void> | null = null;
  #up = false;

  constructor(url: string, options: { prefix: string; lockMs: number; onError: ErrorListener }) {
    this.#prefix = options.prefix;
    this.#lockMs = options.lockMs;
    this.#pool = new pg.Pool({
      connectionString: url,
      max: QUERY_CONNECTIONS,
      // Hints are no facts: a crash may lose the last ones, and dispatch offers their jobs again. Without waiting for
      // the disk a burst of 120 messages beside 100 a second takes 10 ms instead of 480 (measured on a busy disk).
      options: "-c search_path=bullmq -c statement_timeout=15000 -c synchronous_commit=off",
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    // Each queue and worker listens on the pool.
    this.#pool.setMaxListeners(100);
    const lost = (error: Error): void => {
      this.#up = false;
      options.onError(error, "postgres queue");
    };
    this.#pool.on("error", lost);
    // The pool listens for errors of idle connections only; one that breaks while BullMQ holds it would end the process.
    this.#pool.on("connect", (client) => client.on("error", lost));
  }

  newQueue(name: string): MessageQueue {
    return new Queue<Wire>(this.#name(name), {
      connection: this.#pool,
      defaultJobOptions: MESSAGE_OPTIONS,
      skipMetasUpdate: true,
      streams: { events: { maxLen: 10 } },
    });
  }

  /**
   * One by one: BullMQ's addBulk makes a sequence and two temporary tables in each call, which takes rights that a
   * worker doesn't have, and 5 ms. One add takes about 0.7 ms and runs beside the others; bundles make them few.
   */
  async add(queue: MessageQueue, messages: Outgoing[]): Promise<void> {
    await Promise.all(messages.map(({ name, data, opts }) => queue.add(name, data, opts)));
  }

  newWorker(name: string, concurrency: number, processor: Processor): MessageWorker {
    // The pool lends the consumer its LISTEN connection for good, so it grows by one with each.
    this.#pool.options.max += 1;
    const worker = new Worker<Wire>(this.#name(name), processor, {
      connection: this.#pool,
      ...workerOptions(concurrency, this.#lockMs),
    });
    worker.once("closed", () => {
      this.#pool.options.max -= 1;
    });
    return worker;
  }

  isUp(): boolean {
    return this.#up;
  }

  async ready(): Promise<void> {
    if (this.#up) return;
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    await this.#checking;
  }

  async ping(): Promise<void> {
    await this.ready();
    try {
      await this.#pool.query("select 1");
      this.#up = true;
    } catch (error) {
      this.#up = false;
      throw unavailable(error);
    }
  }

  async release(): Promise<void> {
    await this.#pool.end();
  }

  async #check(): Promise<void> {
    try {
      await assertSchemaCompatibility(this.#pool, "bullmq");
      this.#up = true;
    } catch (error) {
      throw error instanceof SchemaMigrationRequiredError || isUndefinedSchema(error)
        ? notMigrated(error)
        : unavailable(error);
    }
  }

  /** PostgreSQL has no key prefix, so the queue's name carries it. */
  #name(queue: string): string {
    return `${this.#prefix}-${queue}`;
  }
}

function isUndefinedSchema(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "3F000" || error.code === "42501");
}

function notMigrated(cause: unknown): HoldpointError {
  return new HoldpointError(
    "refused",
    "queue_not_migrated",
    "The schema bullmq is missing, or this login may not use it.",
    {
      remedy: "Run `holdpoint setup`, or `npm start` for the local stack: the owner makes the schema and grants it.",
      retryable: false,
      cause,
    },
  );
}

function unavailable(cause: unknown): HoldpointError {
  return new HoldpointError(
    "unavailable",
    "queue_unreachable",
    "PostgreSQL, which carries the queues, can't be reached.",
    {
      cause,
    },
  );
}
