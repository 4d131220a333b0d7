import { afterAll, beforeAll, expect, test } from "vitest";
import { World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(() => world.close());

test("a job from submit to succeeded", { timeout: 30_000 }, async () => {
  await world.worker();
  const id = await world.submitOne("noop", { n: 7 });
  const job = await world.reaches(id, ["succeeded"]);
  expect(job.result).toEqual({ n: 7 });
});
