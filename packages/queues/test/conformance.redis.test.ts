import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { createQueues } from "../src/index.ts";
import { conformance } from "./conformance.ts";
import { startRedis } from "./server.ts";

conformance("Redis", startRedis);

describe("Redis only", () => {
  test("refuses a server that may evict keys", async () => {
    const server = await startRedis("--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru");
    const queues = createQueues(server.server, { prefix: "test" });
    try {
      await expect(queues.ping()).rejects.toMatchObject({
        code: "refused",
        reason: "evicting_redis",
        retryable: false,
      });
      await expect(queues.addHints("job", [[{ jobId: "x", dispatchNo: 1 }]])).rejects.toMatchObject({
        reason: "evicting_redis",
      });
    } finally {
      await queues.close();
      await server.close();
    }
  });

  test("a consumer whose blocking connection hangs is rebuilt", async () => {
    const server = await startRedis();
    const proxy = await startHangingProxy(Number(new URL(server.url).port));
    const errors: string[] = [];
    const queues = createQueues(
      { redisUrl: `redis://127.0.0.1:${proxy.port}` },
      { prefix: "test", quietMs: 1_500, onError: (error) => errors.push(error.message) },
    );
    const got: number[] = [];
    try {
      queues.consume("job", { concurrency: 1 }, async (message) => void got.push(message.hints[0]?.dispatchNo ?? 0));
      await queues.addHints("job", [[{ jobId: "x", dispatchNo: 1 }]]);
      await vi.waitFor(() => expect(got).toEqual([1]), { timeout: 10_000 });
      await vi.waitFor(() => expect(proxy.blocked()).toBeGreaterThan(0), { timeout: 10_000 });
      proxy.hangBlocked();
      await queues.addHints("job", [[{ jobId: "x", dispatchNo: 2 }]]);
      await vi.waitFor(() => expect(got).toEqual([1, 2]), { timeout: 30_000 });
      expect(errors.some((error) => error.includes("rebuilt"))).toBe(true);
    } finally {
      await queues.close({ force: true });
      await proxy.close();
      await server.close();
    }
  });
});

/** A TCP proxy that can leave the connections hanging that carry blocking commands: open, and silent. */
async function startHangingProxy(target: number) {
  const pairs: { client: Socket; upstream: Socket; blocks: boolean }[] = [];
  const listener = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    const pair = { client, upstream, blocks: false };
    pairs.push(pair);
    client.on("data", (chunk) => {
      if (/bzpopmin/i.test(chunk.toString("latin1"))) pair.blocks = true;
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => client.write(chunk));
    client.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
    upstream.on("error", () => client.destroy()).on("close", () => client.destroy());
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  return {
    port: (listener.address() as AddressInfo).port,
    blocked: () => pairs.filter((pair) => pair.blocks).length,
    hangBlocked: () => {
      for (const { client, upstream, blocks } of pairs) {
        if (!blocks) continue;
        client.removeAllListeners("data").resume();
        upstream.removeAllListeners("data").resume();
      }
    },
    close: async () => {
      for (const { client } of pairs) client.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
