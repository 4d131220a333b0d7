import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { HoldpointError } from "@holdpoint/policy";
import { createQueues, type Hint, type Message, type QueueOptions, type QueueTransport } from "../src/index.ts";
import type { QueueTestServer } from "./server.ts";

const JOB = "0198f3a0-0000-7000-8000-000000000001";
const hint = (n: number): Hint => ({ jobId: JOB.slice(0, -4) + String(n).padStart(4, "0"), dispatchNo: n });

/** What both backends promise. `startServer` gives a server that this suite may stop, start and wipe. */
export function conformance(name: string, startServer: () => Promise<QueueTestServer>): void {
  describe(`queue transport over ${name}`, () => {
    let server: QueueTestServer;
    const open: QueueTransport[] = [];
    const errors: string[] = [];

    const queues = (options: Partial<QueueOptions> = {}) => {
      const transport = createQueues(server.server, {
        prefix: "test",
        onError: (error, where) => errors.push(`${where}: ${error.message}`),
        ...options,
      });
      open.push(transport);
      return transport;
    };
    /** A consumer that keeps what it gets. */
    const collect = (transport: QueueTransport, concurrency = 4) => {
      const got: Message[] = [];
      const consumer = transport.consume("job", { concurrency }, async (message) => void got.push(message));
      const has = (n: number, ms = 20_000) =>
        vi.waitFor(() => expect(got.length).toBeGreaterThanOrEqual(n), { timeout: ms });
      return { got, consumer, has };
    };

    beforeAll(async () => {
      server = await startServer();
    });
    afterAll(() => server.close());
    afterEach(async () => {
      await Promise.all(open.splice(0).map((transport) => transport.close({ force: true })));
      await server.wipe();
      errors.length = 0;
    });

    test("delivers hints whole, under fresh ids, and removes what was handled", async () => {
      const transport = queues();
      const ids = await transport.addHints("job", [[hint(1)], [hint(2), hint(3)]]);
      expect(new Set(ids).size).toBe(2);
      expect(await transport.exists("job", [...ids, "m-nothing"])).toEqual([true, true, false]);
      const { got, has } = collect(transport);
      await has(2);
      expect(got.map((message) => message.id).toSorted()).toEqual(ids.toSorted());
      expect(got.flatMap((message) => message.hints).toSorted((a, b) => a.dispatchNo - b.dispatchNo)).toEqual(
        [1, 2, 3].map(hint),
      );
      await vi.waitFor(async () => expect(await transport.exists("job", ids)).toEqual([false, false]), {
        timeout: 10_000,
      });
      expect(errors).toEqual([]);
    });

    test("delivers the same hint again while its first message is held", async () => {
      const transport = queues();
      const release = Promise.withResolvers<void>();
      const got: string[] = [];
      transport.consume("job", { concurrency: 2 }, async (message) => {
        got.push(message.id);
        if (got.length === 1) await release.promise;
      });
      const first = await transport.addHints("job", [[hint(7)]]);
      await vi.waitFor(() => expect(got).toEqual(first), { timeout: 10_000 });
      expect(await transport.exists("job", first)).toEqual([true]);
      const second = await transport.addHints("job", [[hint(7)]]);
      await vi.waitFor(() => expect(got).toEqual([...first, ...second]), { timeout: 10_000 });
      release.resolve();
    });

    test("delivers a large call once each, in whatever order", async () => {
      const transport = queues();
      const { got, has } = collect(transport, 8);
      const ids = await transport.addHints(
        "job",
        Array.from({ length: 400 }, (_, i) => [hint(i)]),
      );
      await has(400, 40_000);
      expect(got.map((message) => message.id).toSorted()).toEqual(ids.toSorted());
    });

    test("shares messages between two consumers without a repeat", async () => {
      const [a, b] = [collect(queues(), 2), collect(queues(), 2)];
      const ids = await queues().addHints(
        "job",
        Array.from({ length: 60 }, (_, i) => [hint(i)]),
      );
      await vi.waitFor(() => expect(a.got.length + b.got.length).toBe(60), { timeout: 20_000 });
      expect([...a.got, ...b.got].map((message) => message.id).toSorted()).toEqual(ids.toSorted());
    });

    test("a handler that throws is reported, and its message is gone", async () => {
      const transport = queues();
      let calls = 0;
      transport.consume("job", { concurrency: 1 }, async () => {
        if (++calls === 1) throw new Error("handler broke");
      });
      const ids = await transport.addHints("job", [[hint(1)], [hint(2)]]);
      await vi.waitFor(() => expect(calls).toBe(2), { timeout: 10_000 });
      await vi.waitFor(async () => expect(await transport.exists("job", ids)).toEqual([false, false]), {
        timeout: 10_000,
      });
      expect(errors.filter((error) => error.includes("handler broke"))).toHaveLength(1);
    });

    test("carries task ids", async () => {
      const transport = queues();
      const got: (readonly string[])[] = [];
      transport.consume("dead-letter", { concurrency: 1 }, async (message) => void got.push(message.tasks));
      await transport.addTask("dead-letter", ["a", "b"]);
      await vi.waitFor(() => expect(got).toEqual([["a", "b"]]), { timeout: 10_000 });
    });

    test("a paused consumer takes nothing until it is resumed", async () => {
      const transport = queues();
      const { got, consumer, has } = collect(transport);
      await transport.addHints("job", [[hint(1)]]);
      await has(1);
      consumer.pause();
      const [id = ""] = await transport.addHints("job", [[hint(2)]]);
      // A worker that was blocked when it was paused may still take the one message that woke it.
      const other = collect(queues());
      await transport.addHints("job", [[hint(3)]]);
      await vi.waitFor(() => expect(got.length + other.got.length).toBe(3), { timeout: 10_000 });
      await other.consumer.close();
      const before = got.length;
      await transport.addHints("job", [[hint(4)], [hint(5)]]);
      expect((await transport.exists("job", [id])).length).toBe(1);
      expect(got.length).toBe(before);
      consumer.resume();
      await has(before + 2);
    });

    test("paused before it has begun, it takes nothing; resumed at whatever moment, it begins", async () => {
      const transport = queues();
      const paused = collect(transport);
      paused.consumer.pause();
      await transport.addHints("job", [[hint(1)]]);
      const other = collect(queues());
      await other.has(1);
      await other.consumer.close();
      expect(paused.got).toEqual([]);
      paused.consumer.resume();
      await transport.addHints("job", [[hint(2)]]);
      await paused.has(1);
      await paused.consumer.close();
      for (let turns = 0; turns < 20; turns++) {
        const { consumer, has } = collect(transport);
        consumer.pause();
        // Each time at another step of its start.
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        consumer.resume();
        await transport.addHints("job", [[hint(turns)]]);
        await has(1);
        await consumer.close();
      }
    });

    test("the epoch marker stays until the server is wiped", async () => {
      const transport = queues();
      expect(await transport.epochMarker.present()).toBe(false);
      await transport.epochMarker.set();
      await transport.epochMarker.set();
      expect(await transport.epochMarker.present()).toBe(true);
      await server.wipe();
      expect(await transport.epochMarker.present()).toBe(false);
      await transport.epochMarker.set();
      expect(await queues().epochMarker.present()).toBe(true);
    });

    test("waiting consumers survive a wipe, twenty times", async () => {
      const transport = queues();
      const { has } = collect(transport);
      for (let round = 1; round <= 20; round++) {
        await transport.addHints("job", [[hint(round)]]);
        await has(round);
        await server.wipe();
      }
    });

    test("two consumers, the first one's event loop hangs: the second gets the message", async () => {
      const lockMs = 1_000;
      const child = spawn(process.execPath, [
        new URL("./blocked-consumer.ts", import.meta.url).pathname,
        JSON.stringify(server.server),
        String(lockMs),
      ]);
      const ended = Promise.withResolvers<void>();
      child.once("exit", () => ended.resolve());
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
      const transport = queues({ lockMs });
      await vi.waitFor(() => expect(lines).toContain("ready"), { timeout: 20_000 });
      const [id = ""] = await transport.addHints("job", [[hint(1)]]);
      await vi.waitFor(() => expect(lines).toContain(`got ${id}`), { timeout: 20_000 });
      const { got, has } = collect(transport, 1);
      await has(1);
      expect(got[0]?.id).toBe(id);
      expect(lines).not.toContain("end");
      child.kill("SIGKILL");
      await ended.promise;
    });

    test("a consumer that closes lets its handlers finish first, and their messages end", async () => {
      const transport = queues();
      const [begun, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      let finished = false;
      transport.consume("job", { concurrency: 1 }, async () => {
        begun.resolve();
        await release.promise;
        finished = true;
      });
      const ids = await transport.addHints("job", [[hint(1)]]);
      await begun.promise;
      const closing = transport.close();
      release.resolve();
      await closing;
      expect(finished).toBe(true);
      expect(await queues().exists("job", ids)).toEqual([false]);
    });

    test("with the server down, adds and pings reject fast and closing takes under 10 s", async () => {
      const transport = queues();
      const stuck = transport.consume("job", { concurrency: 1 }, () => new Promise(() => undefined));
      await transport.addHints("job", [[hint(1)], [hint(2)]]);
      await vi.waitFor(async () => expect(stuck.isHealthy()).toBe(true), { timeout: 10_000 });
      await server.stop();
      try {
        const started = performance.now();
        await expect(transport.addHints("job", [[hint(3)]])).rejects.toMatchObject({ reason: "queue_unreachable" });
        await expect(transport.ping()).rejects.toBeInstanceOf(HoldpointError);
        await expect(transport.exists("job", ["m-x"])).rejects.toMatchObject({ code: "unavailable", retryable: true });
        expect(performance.now() - started).toBeLessThan(8_000);
        const closing = performance.now();
        await transport.close();
        expect(performance.now() - closing).toBeLessThan(10_000);
      } finally {
        await server.start();
      }
    });

    test("starts with the server down, and works when it comes", async () => {
      await server.stop();
      const transport = queues({ quietMs: 1_500 });
      const { has } = collect(transport);
      await expect(transport.ping()).rejects.toMatchObject({ code: "unavailable" });
      await server.start();
      await vi.waitFor(() => transport.addHints("job", [[hint(1)]]), { timeout: 20_000, interval: 200 });
      await has(1);
    });

    test("an idle consumer gets what is sent after a restart with a gap", async () => {
      const transport = queues({ quietMs: 3_000 });
      const { got, has, consumer } = collect(transport);
      await transport.addHints("job", [[hint(1)]]);
      await has(1);
      for (let round = 0; round < 2; round++) {
        await server.stop();
        await expect(transport.ping()).rejects.toBeInstanceOf(HoldpointError);
        await server.start();
        const ids = await vi.waitFor(() => transport.addHints("job", [[hint(2 + round)]]), {
          timeout: 20_000,
          interval: 200,
        });
        await vi.waitFor(() => expect(got.map((message) => message.id)).toContain(ids[0]), { timeout: 20_000 });
      }
      expect(consumer.isHealthy()).toBe(true);
    });

    test("a quiet consumer proves itself by its canary, which no handler sees", async () => {
      const transport = queues({ quietMs: 300 });
      const { got, consumer, has } = collect(transport);
      const [id = ""] = await transport.addHints("job", [[hint(1)]]);
      await has(1);
      // Several rounds of silence: had a canary not come back, the rebuild would have been reported.
      await vi.waitFor(async () => expect((await transport.exists("job", [id]))[0]).toBe(false), { timeout: 5_000 });
      const until = performance.now() + 2_000;
      await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(until), { timeout: 5_000, interval: 100 });
      expect(errors).toEqual([]);
      expect(consumer.isHealthy()).toBe(true);
      expect(got).toHaveLength(1);
    });
  });
}
