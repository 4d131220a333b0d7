import { PostgresBackend } from "./bullmq/postgres.ts";
import { RedisBackend } from "./bullmq/redis.ts";
import { BullTransport } from "./bullmq/transport.ts";
import type { QueueOptions, QueueServer, QueueTransport } from "./transport.ts";

const PREFIX = /^[A-Za-z0-9_-]{1,40}$/;
const DEFAULT_LOCK_MS = 60_000;
const DEFAULT_QUIET_MS = 15_000;

/**
 * Opens the queues. Returns at once and connects behind it: a process starts with its queue's server down, and every
 * call says `unavailable` until it is back. `ping()` tells when it is there and fit.
 */
export function createQueues(server: QueueServer, options: QueueOptions): QueueTransport {
  if (!PREFIX.test(options.prefix)) throw new Error(`"${options.prefix}" can't be a queue prefix`);
  const onError = options.onError ?? (() => undefined);
  const parts = { prefix: options.prefix, lockMs: options.lockMs ?? DEFAULT_LOCK_MS, onError };
  const backend =
    "redisUrl" in server ? new RedisBackend(server.redisUrl, parts) : new PostgresBackend(server.postgresUrl, parts);
  return new BullTransport(backend, onError, options.quietMs ?? DEFAULT_QUIET_MS);
}
