import { Redis } from "ioredis";
import { check, type Checker } from "./check.ts";

/** Redis answers and never evicts: an evicted queue key is lost hints. */
export const checkRedis: Checker = async ({ env }) => {
  const url = env["REDIS_URL"];
  if (!url) return [check("redis", "skip", "REDIS_URL is not set: the queue runs on PostgreSQL.")];
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, commandTimeout: 5_000, retryStrategy: () => null });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    const policy = /maxmemory_policy:(\S+)/.exec(await redis.info("memory"))?.[1] ?? "unknown";
    if (policy === "noeviction") return [check("redis", "pass", "Redis answers; eviction policy noeviction.")];
    return [check("redis", "fail", `Redis answers; eviction policy ${policy}.`, "Set maxmemory-policy noeviction.")];
  } catch {
    return [check("redis", "fail", "Redis does not answer.", "Start it, or unset REDIS_URL to use PostgreSQL.")];
  } finally {
    redis.disconnect();
  }
};
