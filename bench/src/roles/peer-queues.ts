import { createPostgresBackend, createRedisBackend, withBackend } from "bullmq";
import { run as runGraphile, Logger, makeWorkerUtils } from "graphile-worker";
import pg from "pg";
import { PgBoss } from "pg-boss";
import type { PeerConfig, Payload } from "./config.ts";

const QUEUE = "noop";
/** It polls twice a second at most, so its batch decides its speed; larger than the concurrency of the others. */
const BOSS_BATCH = 2_000;

export interface PeerProducer {
  addMany(payloads: readonly Payload[]): Promise<void>;
  addOne(payload: Payload): Promise<void>;
}

/** Each peer as its own documentation would have it set up for many small jobs; nothing is kept after success. */
export async function openProducer(config: PeerConfig): Promise<PeerProducer> {
  switch (config.peer) {
    case "bullmq-redis":
    case "bullmq-postgres": {
      const queue = bullQueue(config);
      await queue.waitUntilReady();
      return {
        addMany: async (list) => void (await queue.addBulk(list.map((data) => ({ name: QUEUE, data })))),
        addOne: async (data) => void (await queue.add(QUEUE, data)),
      };
    }
    case "graphile-worker": {
      const utils = await makeWorkerUtils({ connectionString: config.url, logger: silent });
      await utils.migrate();
      return {
        addMany: async (list) =>
          void (await utils.addJobs(list.map((payload) => ({ identifier: QUEUE, payload, maxAttempts: 1 })))),
        addOne: async (payload) => void (await utils.addJob(QUEUE, payload, { maxAttempts: 1 })),
      };
    }
    case "pg-boss": {
      const boss = await openBoss(config);
      return {
        addMany: async (list) =>
          void (await boss.insert(
            QUEUE,
            list.map((data) => ({ data })),
          )),
        addOne: async (data) => void (await boss.send(QUEUE, data)),
      };
    }
  }
}

/** Starts consuming; `handle` is called once per job. */
export async function startConsumer(config: PeerConfig, handle: (payload: Payload) => Promise<void>): Promise<void> {
  switch (config.peer) {
    case "bullmq-redis": {
      const { Worker } = withBackend(createRedisBackend);
      const worker = new Worker<Payload>(QUEUE, (job) => handle(job.data), {
        ...bullWorker(config),
        connection: { url: config.url, maxRetriesPerRequest: null },
      });
      await worker.waitUntilReady();
      return;
    }
    case "bullmq-postgres": {
      const { Worker } = withBackend(createPostgresBackend);
      const worker = new Worker<Payload>(QUEUE, (job) => handle(job.data), {
        ...bullWorker(config),
        connection: bullPostgres(config),
      });
      await worker.waitUntilReady();
      return;
    }
    case "graphile-worker":
      await runGraphile({
        connectionString: config.url,
        concurrency: config.concurrency,
        maxPoolSize: 10,
        noHandleSignals: true,
        logger: silent,
        preset: { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
        taskList: { [QUEUE]: (payload) => handle(payload as Payload) },
      });
      return;
    case "pg-boss": {
      const boss = await openBoss(config);
      await boss.work<Payload>(
        QUEUE,
        { batchSize: BOSS_BATCH, pollingIntervalSeconds: 0.5 },
        async (jobs) => void (await Promise.all(jobs.map((job) => handle(job.data)))),
      );
      return;
    }
  }
}

/** Jobs that graphile-worker has not deleted yet; it acknowledges in batches behind the handler. */
export async function unfinished(config: PeerConfig): Promise<number> {
  if (config.peer !== "graphile-worker") return 0;
  const client = new pg.Client({ connectionString: config.url });
  await client.connect();
  const { rows } = await client.query<{ n: number }>("select count(*)::int as n from graphile_worker._private_jobs");
  await client.end();
  return rows[0]?.n ?? 0;
}

const silent = new Logger(() => () => undefined);

function bullQueue(config: PeerConfig) {
  const options = { defaultJobOptions: { removeOnComplete: true, removeOnFail: true } };
  if (config.peer === "bullmq-redis") {
    const { Queue } = withBackend(createRedisBackend);
    return new Queue<Payload>(QUEUE, { ...options, connection: { url: config.url } });
  }
  const { Queue } = withBackend(createPostgresBackend);
  return new Queue<Payload>(QUEUE, { ...options, connection: bullPostgres(config) });
}

function bullPostgres(config: PeerConfig) {
  return { connectionString: config.url, schema: "bullmq", max: 10 };
}

function bullWorker(config: PeerConfig) {
  return { concurrency: config.concurrency, removeOnComplete: { count: 0 }, removeOnFail: { count: 0 } };
}

async function openBoss(config: PeerConfig): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString: config.url, schedule: false, max: 10 });
  boss.on("error", (error) => process.stderr.write(`${error.message}\n`));
  await boss.start();
  await boss.createQueue(QUEUE, { retryLimit: 0 });
  return boss;
}
