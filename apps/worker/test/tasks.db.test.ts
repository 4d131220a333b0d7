import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { World } from "./world.ts";

describe("task queues", { timeout: 40_000 }, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.open();
    await world.worker();
  }, 60_000);
  afterAll(() => world.close());

  const alertsOf = (id: string) =>
    world.db.query<{ kind: string; title: string }>("select kind, title from public.alerts where job_id = $1", [id]);
  const openTasks = async (id: string) =>
    (
      await world.db.query("select queue from public.tasks where job_id = $1 and done_at is null and due_at <= now()", [
        id,
      ])
    ).length;

  test("unsafe output: the job is quarantined, its artifacts are out of reach, someone is told once", async () => {
    const id = await world.submitOne("messy", { unsafe: true });
    await world.reaches(id, ["quarantined"]);
    await world.until(async () => (await alertsOf(id)).length === 1 && (await openTasks(id)) === 0);
    expect(await alertsOf(id)).toMatchObject([
      { kind: "job.quarantined", title: expect.stringContaining("unsafe output") },
    ]);
    const store = join(world.dataDir, "artifacts");
    expect(existsSync(join(store, "fleet", id))).toBe(false);
    expect(readdirSync(join(store, ".quarantine", "fleet"))).toEqual([expect.stringContaining(id)]);
    const [task] = await world.db.query("select result from public.tasks where job_id = $1 and queue = 'quarantine'", [
      id,
    ]);
    expect(task).toMatchObject({ result: { artifacts_isolated: true } });
  });

  test("retries used up: the job is dead and someone is told once", async () => {
    const id = await world.submitOne("messy", { unsafe: false });
    await world.reaches(id, ["dead"]);
    await world.until(async () => (await alertsOf(id)).length === 1 && (await openTasks(id)) === 0);
    expect(await alertsOf(id)).toMatchObject([{ kind: "job.dead" }]);
  });

  test("a task that is offered twice is carried out once", async () => {
    const [task] = await world.db.query<{ id: string }>(
      'insert into public.tasks (id, queue, venture, subject, due_at, created_at) values (holdpoint.new_id(), \'alert\', \'fleet\', \'{"kind":"test.twice","title":"Twice"}\', now(), now()) returning id',
    );
    const { createQueues } = await import("@holdpoint/queues");
    const queues = createQueues({ postgresUrl: world.db.workerUrl, schema: "bullmq" }, { prefix: "holdpoint" });
    await Promise.all([1, 2, 3].map(() => queues.addTask("alert", [task?.id ?? ""])));
    await queues.close({ force: true });
    await world.until(
      async () =>
        (await world.db.query("select 1 from public.tasks where id = $1 and done_at is not null", [task?.id]))
          .length === 1,
    );
    await world.reaches(await world.submitOne("noop"), ["succeeded"]);
    expect(await world.db.query("select 1 from public.alerts where kind = 'test.twice'")).toHaveLength(1);
  });
});
