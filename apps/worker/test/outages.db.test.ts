import { startTestServer } from "@holdpoint/local/testing";
import type { TestServer } from "@holdpoint/local/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { World } from "./world.ts";

describe("the database goes away", { timeout: 60_000 }, () => {
  let server: TestServer;
  let world: World;
  beforeAll(async () => {
    server = await startTestServer({ durable: true });
  }, 60_000);
  afterAll(() => server.close());
  beforeEach(async () => {
    world = await World.open({ adminUrl: server.adminUrl });
  });
  afterEach(() => world.close());

  test.each(["SIGINT", "SIGQUIT"] as const)(
    "restarted in the middle (%s): what ran goes on, nothing is lost or run twice",
    async (signal) => {
      await world.worker({ slots: 8 });
      const running = await world.submit("sleeper", { ms: 3_000 }, { count: 4 });
      for (const id of running) await world.reaches(id, ["running"]);
      await server.stopServer(signal);
      await server.startServer();
      const after = await world.submit("noop", {}, { count: 50 });
      for (const id of [...running, ...after]) await world.reaches(id, ["succeeded"], 30_000);
      for (const id of running) expect(await world.runs(id)).toHaveLength(1);
    },
  );

  test("down while a result is settled: it is settled once when the database is back", async () => {
    const worker = await world.worker();
    const id = await world.submitOne("sleeper", { ms: 1_500 });
    await world.reaches(id, ["running"]);
    await server.stopServer();
    await world.until(async () => worker.log("the database did not answer; repeating").length > 0);
    await server.startServer();
    expect(await world.reaches(id, ["succeeded"], 20_000)).toMatchObject({ run_no: 1, losses: 0 });
  });

  test("SIGTERM while it is down: gone in under 10 s; a start while it is down waits for it", async () => {
    const worker = await world.worker();
    const id = await world.submitOne("sleeper");
    await world.reaches(id, ["running"]);
    await server.stopServer();
    const end = await worker.kill("SIGTERM");
    expect(end.code).toBe(0);
    expect(end.ms).toBeLessThan(10_000);
    const next = world.spawn();
    await world.until(async () => next.log("waiting for it").length > 0);
    await server.startServer();
    await next.ready;
    await world.until(async () => (await world.runs(id)).length === 2, 20_000);
  });
});
