import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RedisServer, World } from "./world.ts";

describe("Redis goes away", { timeout: 60_000 }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.open({ redis: true });
  });
  afterEach(() => world.close());

  test("SIGTERM with Redis dead: gone in under 10 s, its leases freed", async () => {
    const worker = await world.worker();
    const id = await world.submitOne("sleeper");
    await world.reaches(id, ["running"]);
    await world.redis?.stop();
    const end = await worker.kill("SIGTERM");
    expect(end.code).toBe(0);
    expect(end.ms).toBeLessThan(10_000);
    expect((await world.runs(id))[0]).toMatchObject({ outcome: "lost", cause: "deploy" });
  });

  test("Redis restarted empty in the middle: what waits is offered again", async () => {
    await world.worker();
    await world.reaches(await world.submitOne("noop"), ["succeeded"]);
    const { port } = world.redis ?? { port: 0 };
    await world.redis?.stop();
    const ids = await world.submit("noop", {}, { count: 50 });
    world.redis = await RedisServer.start(port);
    for (const id of ids) await world.reaches(id, ["succeeded"], 30_000);
  });

  test("a Redis that may drop keys is refused in one sentence", async () => {
    const { port } = world.redis ?? { port: 0 };
    await world.redis?.stop();
    world.redis = await RedisServer.start(port, "allkeys-lru");
    await expect(world.worker()).rejects.toThrow(/ended with 3[\s\S]*noeviction/);
    const [row] = await world.db.query("select end_reason from public.workers");
    expect(row).toEqual({ end_reason: "evicting_redis" });
  });

  test("a start with Redis down says nothing wrong and works when it is back", async () => {
    const { port } = world.redis ?? { port: 0 };
    await world.redis?.stop();
    await world.worker();
    const id = await world.submitOne("noop");
    world.redis = await RedisServer.start(port);
    await world.reaches(id, ["succeeded"], 30_000);
  });
});
