import { toHoldpointError } from "@holdpoint/db";
import { check, type Checker } from "./check.ts";

/** Redis answers and never evicts: an evicted queue key is lost hints. */
export const checkRedis: Checker = async ({ env }) => {
  const redisUrl = env["REDIS_URL"];
  if (!redisUrl) return [check("redis", "skip", "REDIS_URL is not set: the queue runs on PostgreSQL.")];
  if (!URL.canParse(redisUrl)) return [check("redis", "fail", "REDIS_URL is MALFORMED.", "Write redis://host:port.")];
  // BullMQ takes a while to load, and only this check needs it.
  const { createQueues } = await import("@holdpoint/queues");
  const queues = createQueues({ redisUrl }, { prefix: "holdpoint" });
  try {
    await queues.ping();
    return [check("redis", "pass", "Redis answers; eviction policy noeviction.")];
  } catch (error) {
    const { message, reason, remedy } = toHoldpointError(error);
    const known = reason === "evicting_redis" ? message : "Redis does not answer.";
    return [check("redis", "fail", known, remedy ?? "Start it, or unset REDIS_URL to use PostgreSQL.")];
  } finally {
    await queues.close({ force: true });
  }
};
