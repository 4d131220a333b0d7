/** settings.max_workers: so many workers with lanes work, the others are standby until a place is free. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  claimJobs,
  endWorker,
  freeDeadWorkers,
  heartbeat,
  readControl,
  readFleet,
  reap,
  registerWorker,
  tendBlocks,
} from "@holdpoint/db/runtime";
import type pg from "pg";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { TYPES } from "./support/types.ts";
import { startWorker } from "./support/worker.ts";
import type { TestWorker } from "./support/worker.ts";

const HOLD_FLEET = "select from public.ventures where key = 'fleet' for no key update";

let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

/** Names of the workers that have not ended, those that work first. */
async function places(): Promise<{ working: string[]; standby: string[] }> {
  const rows = await scene.db.query<{ name: string; standby: boolean }>(
    "select name, standby from public.workers where ended_at is null and cardinality(lanes) > 0 order by name",
  );
  const names = (standby: boolean) => rows.filter((row) => row.standby === standby).map((row) => row.name);
  return { working: names(false), standby: names(true) };
}

async function start(...names: string[]): Promise<TestWorker[]> {
  const workers: TestWorker[] = [];
  for (const name of names) workers.push(await startWorker(scene.on, { name }));
  return workers;
}

/** Two more beside the scene's own worker, which is named "zero": all three places are taken. */
async function fill(): Promise<[TestWorker, TestWorker]> {
  await scene.db.query("update public.workers set name = 'zero'");
  const [one, two] = await start("one", "two");
  return [one!, two!];
}

async function fleetEvents(type: string): Promise<Record<string, unknown>[]> {
  const rows = await scene.db.query<{ body: string }>(
    "select body from public.venture_events where venture = 'fleet' and type = $1 order by seq",
    [type],
  );
  return rows.map((row) => (JSON.parse(row.body) as { data: Record<string, unknown> }).data);
}

async function silent(worker: TestWorker, seconds: number): Promise<void> {
  await scene.db.query(
    "update public.workers set heartbeat_at = heartbeat_at - make_interval(secs => $2) where id = $1",
    [worker.id, seconds],
  );
}

async function endAll(workers: readonly TestWorker[], on: readonly pg.Client[]): Promise<void> {
  await meet<unknown>(
    scene.db,
    HOLD_FLEET,
    workers.map((worker, n) => () => endWorker(at(on, n), worker, "test")),
  );
}

describe("a fourth worker", () => {
  it("is standby: it beats, claims nothing and counts in no window", async () => {
    await fill();
    const [four] = await start("four");
    expect(await places()).toEqual({ working: ["one", "two", "zero"], standby: ["four"] });
    expect(await readControl(scene.on, four!)).toMatchObject({ standby: true, draining: false, ended: false });
    expect(await heartbeat(scene.on, four!, [], {})).toEqual([]);
    expect((await readFleet(scene.on, four!)).map((row) => row.id)).not.toContain(four!.id);
    const [job, next] = await scene.admitted(2);
    expect(await scene.claim([job!], four)).toMatchObject([{ verdict: "blocked" }]);
    expect(await scene.claim([next!])).toMatchObject([{ verdict: "claimed" }]);
    expect(await fleetEvents("worker.standby")).toEqual([{ worker: four!.id, name: "four", max_workers: 3 }]);
  });

  it("does not make its types current before it works", async () => {
    await fill();
    const newer = await startWorker(scene.on, { name: "four", types: [{ ...TYPES.plain, version: 2 }] });
    const current = () => scene.db.query("select version from holdpoint.announced_types where type = 'plain'");
    expect(await current()).toEqual([{ version: 1 }]);
    await endWorker(scene.on, scene.worker, "test");
    await tendBlocks(scene.on, newer);
    expect(await current()).toEqual([{ version: 2 }]);
  });

  it("works at once when it has no lanes, and takes no place", async () => {
    await fill();
    const facts = { host: "test", slots: 0, version: "0", schemaMin: 1, schemaMax: 1, isolation: "none", types: [] };
    await registerWorker(scene.on, { ...facts, name: "submitter", instance: "s", key: "k".repeat(32), lanes: [] });
    const rows = await scene.db.query("select standby from public.workers where name = 'submitter'");
    expect(rows).toEqual([{ standby: false }]);
    await endWorker(scene.on, scene.worker, "test");
    await start("four");
    expect((await places()).standby).toEqual([]);
  });
});

describe("the standby worker that registered first is promoted", () => {
  it("when one ends", async () => {
    const [one] = await fill();
    const [four] = await start("four", "five");
    const before = (await readControl(scene.on, four!)).control_no;
    await endWorker(scene.on, one, "test");
    expect(await places()).toEqual({ working: ["four", "two", "zero"], standby: ["five"] });
    const after = await readControl(scene.on, four!);
    expect(after.standby).toBe(false);
    expect(after.control_no).toBeGreaterThan(before);
    expect(await fleetEvents("worker.promoted")).toEqual([{ worker: four!.id, name: "four" }]);
    const [job] = await scene.admitted(1);
    expect(await scene.claim([job!], four)).toMatchObject([{ verdict: "claimed" }]);
  });

  it("when one drains, and when the limit is raised: by the janitor", async () => {
    const [one] = await fill();
    await start("four", "five", "six");
    await scene.db.query("update public.workers set draining = true where id = $1", [one.id]);
    await tendBlocks(scene.on, scene.worker);
    expect((await places()).standby).toEqual(["five", "six"]);
    await scene.db.query("update public.settings set max_workers = 4");
    await tendBlocks(scene.on, scene.worker);
    expect((await places()).standby).toEqual(["six"]);
    // The drained one ends: its place was given away already.
    await endWorker(scene.on, one, "test");
    expect((await places()).standby).toEqual(["six"]);
  });

  it("when one dies, but not while it is only silent", async () => {
    const [one] = await fill();
    await start("four");
    await scene.leasesOver();
    await silent(one, 8);
    await reap(scene.on, scene.worker, 100);
    await tendBlocks(scene.on, scene.worker);
    expect((await places()).standby).toEqual(["four"]);
    await silent(one, 8);
    await reap(scene.on, scene.worker, 100);
    expect(await places()).toEqual({ working: ["four", "two", "zero"], standby: [] });
  });

  it("unless it is not heard from itself", async () => {
    const [one] = await fill();
    const [four] = await start("four", "five");
    await silent(four!, 2);
    await endWorker(scene.on, one, "test");
    expect(await places()).toEqual({ working: ["five", "two", "zero"], standby: ["four"] });
  });

  it("never above a limit that was lowered", async () => {
    const [one, two] = await fill();
    await start("four");
    await scene.db.query("update public.settings set max_workers = 2");
    await endWorker(scene.on, one, "test");
    expect((await places()).standby).toEqual(["four"]);
    await endWorker(scene.on, two, "test");
    expect(await places()).toEqual({ working: ["four", "zero"], standby: [] });
  });
});

describe("a restart", () => {
  it("takes its own place back, before and after the dead process is ended", async () => {
    const [one] = await fill();
    await start("four");
    const next = await startWorker(scene.on, { name: "one-again", instance: one.instance });
    expect((await places()).standby).toEqual(["four"]);
    await freeDeadWorkers(scene.on, next);
    expect(await places()).toEqual({ working: ["one-again", "two", "zero"], standby: ["four"] });
  });

  it("of a standby worker is standby again", async () => {
    await fill();
    const [four] = await start("four");
    const next = await startWorker(scene.on, { name: "four-again", instance: four!.instance });
    await freeDeadWorkers(scene.on, next);
    expect(await places()).toEqual({ working: ["one", "two", "zero"], standby: ["four-again"] });
  });
});

describe("at once", () => {
  it("two ends promote two", async () => {
    const [one, two] = await fill();
    await start("four", "five", "six");
    await endAll([one, two], [await scene.connect(), await scene.connect()]);
    expect(await places()).toEqual({ working: ["five", "four", "zero"], standby: ["six"] });
  });

  it("a worker and the standby worker in its place end, without a deadlock", async () => {
    const [one] = await fill();
    const [four] = await start("four", "five");
    await endAll([one, four!], [await scene.connect(), await scene.connect()]);
    expect(await places()).toEqual({ working: ["five", "two", "zero"], standby: [] });
  });

  it("two register for one place: one gets it", async () => {
    const [one] = await fill();
    await endWorker(scene.on, one, "test");
    const on = [await scene.connect(), await scene.connect()];
    await meet<unknown>(
      scene.db,
      HOLD_FLEET,
      ["four", "five"].map((name, n) => () => startWorker(at(on, n), { name })),
    );
    const { working, standby } = await places();
    expect([working.length, standby.length]).toEqual([3, 1]);
    expect([...working, ...standby].toSorted()).toEqual(["five", "four", "two", "zero"]);
  });

  it("an end and a registration: the place goes to exactly one", async () => {
    const [one] = await fill();
    await start("four");
    const on = [await scene.connect(), await scene.connect()];
    await meet<unknown>(scene.db, HOLD_FLEET, [
      () => startWorker(at(on, 0), { name: "five" }),
      () => endWorker(at(on, 1), one, "test"),
    ]);
    expect(await places()).toEqual({ working: ["four", "two", "zero"], standby: ["five"] });
  });

  it("workers come, go, beat and are tended on many connections, and never more than three work", async () => {
    await fill();
    const on = await Promise.all(Array.from({ length: 6 }, () => scene.connect()));
    const retried = async (call: () => Promise<unknown>): Promise<void> => {
      for (let tries = 0; ; tries++) {
        try {
          await call();
          return;
        } catch (error) {
          if (tries === 5 || !["40P01", "55P03"].includes((error as { code?: string }).code ?? "")) throw error;
        }
      }
    };
    const life = async (db: pg.Client, n: number): Promise<void> => {
      for (let turn = 0; turn < 8; turn++) {
        const name = `w-${n}-${turn}`;
        let worker = await startWorker(db, { name });
        await heartbeat(db, worker, [], {});
        await retried(() => tendBlocks(db, worker));
        if (turn % 3 === 1) {
          worker = await startWorker(db, { name, instance: worker.instance });
          await retried(() => freeDeadWorkers(db, worker));
        }
        // A dead process that was not ended yet may stand beside the one that took its place.
        const [count] = await scene.db.query<{ n: number }>(
          `select count(distinct k.instance)::int as n from public.workers w join holdpoint.worker_keys k on k.worker_id = w.id
           where w.ended_at is null and not w.standby`,
        );
        expect(count?.n).toBeLessThanOrEqual(3);
        await retried(() => claimJobs(db, worker, crypto.randomUUID(), "build", [], []));
        await retried(() => endWorker(db, worker, "test"));
      }
    };
    await Promise.all(on.map(life));
    await tendBlocks(scene.on, scene.worker);
    expect(await places()).toEqual({ working: ["one", "two", "zero"], standby: [] });
  });
});
