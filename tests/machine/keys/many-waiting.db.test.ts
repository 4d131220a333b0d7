/** A hundred thousand behind one key: they do not slow the pick of others, and each free slot starts the next. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { pickReady } from "@holdpoint/db/runtime";
import { insertQueued } from "../support/bulk.ts";
import { admitKeyed, keyedWorker } from "../support/keyed.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, ReadyJob, Scene } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";

const SLOTS = 100;
/** Each slot that is freed starts the next by the same few look-ups by index: a thousand stand for all. */
const STARTS = 1_000;

let scene: Scene;
let worker: TestWorker;
beforeAll(async () => {
  scene = await setScene();
  // Nobody beats here.
  await scene.db.query("update public.settings set lease_ms = 3600000");
  worker = await keyedWorker(scene, "keyed", SLOTS, "queue");
});
afterAll(() => scene.close());

const pick = async (want: number): Promise<ReadyJob[]> => {
  const rows = await pickReady(scene.on, worker, { queue: "job", want, cursor: "", out: [], look: true });
  return rows.filter((row) => row.kind === "ready").map((row) => ({ id: row.job_id, dispatchNo: row.dispatch_no }));
};
const claim = async (hints: readonly ReadyJob[]): Promise<Lease[]> => {
  const rows = await scene.claim(hints, worker);
  expect(new Set(rows.map((row) => row.verdict))).toEqual(new Set(["claimed"]));
  return rows.map((row) => ({ jobId: row.job_id, token: row.token }));
};

async function median(): Promise<number> {
  const took: number[] = [];
  for (let i = 0; i < 21; i++) {
    const from = performance.now();
    await pick(10);
    took.push(performance.now() - from);
  }
  return took.toSorted((a, b) => a - b)[10] ?? 0;
}

it("100,000 that wait for one key", { timeout: 180_000 }, async () => {
  await admitKeyed(scene, "keyed", Array<string>(SLOTS).fill("a"));
  let leases = await claim(await pick(2 * SLOTS));
  const before = await median();
  await insertQueued(scene.db, 100_000, "'acme'", "'keyed'", {
    run_at: "holdpoint.never()",
    concurrency_key: "'a'",
    waits_for: "'concurrency_key:a'",
  });
  await scene.db.query(
    "insert into holdpoint.key_jobs (job_id, venture, type, key, has_slot) select id, venture, type, 'a', false from public.jobs where state = 'queued'",
  );
  await scene.db.query("vacuum analyze public.jobs");
  const [other] = await scene.admitted(1);
  expect((await pick(10)).map((job) => job.id)).toEqual([other?.id]);
  // Before, there was nothing to walk over.
  expect(await median()).toBeLessThan(5 * before + 20);
  await claim(await pick(1));
  const first = await scene.db.query<{ id: string }>(
    "select id from public.jobs where waits_for is not null order by id limit $1",
    [STARTS],
  );
  const started: string[] = [];
  while (started.length < STARTS) {
    await scene.settle(leases, worker);
    leases = await claim(await pick(2 * SLOTS));
    expect(leases).toHaveLength(SLOTS);
    started.push(...leases.map((lease) => lease.jobId));
  }
  expect(started.toSorted()).toEqual(first.map((row) => row.id));
});
