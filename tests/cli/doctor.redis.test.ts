import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis } from "../../packages/queues/test/server.ts";
import { doctorDocument } from "./documents.ts";
import { runCli } from "./kit/run-cli.ts";

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "holdpoint-doctor-"));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

async function redisCheck(url: string) {
  const result = await runCli(["doctor", "--json"], { cwd, env: { REDIS_URL: url } });
  return doctorDocument.parse(result.json()).items.find((item) => item.name === "redis");
}

test("doctor reads Redis's eviction policy, and says when Redis is down", async () => {
  const redis = await startRedis();
  expect(await redisCheck(redis.url)).toMatchObject({ status: "pass" });
  await redis.stop();
  expect(await redisCheck(redis.url)).toMatchObject({ status: "fail", finding: "Redis does not answer." });
  await redis.close();

  const evicting = await startRedis("--maxmemory-policy", "allkeys-lru");
  const check = await redisCheck(evicting.url);
  await evicting.close();
  expect(check).toMatchObject({ status: "fail" });
  expect(check?.finding).toContain("allkeys-lru");
  expect(check?.remedy).toContain("noeviction");
});
