import { randomBytes, randomUUID } from "node:crypto";
import { DatabasePool, registerWorker, submitJobs, type Caller } from "@holdpoint/db/runtime";
import type { TestDatabase } from "@holdpoint/local/testing";
import { median, rounded, type Figures } from "./frame/figures.ts";
import type { Postgres, RedisServer } from "./frame/servers.ts";
import { addVentures, startFleet } from "./fleet.ts";

const SLOTS = 20;
const FEW = 10;
const BATCH = 500;

/**
 * One venture has flooded the queue; then another submits ten jobs. All take 500 ms, so a slot frees up about each 25 ms,
 * and a fair pick starts the ten long before the flood is through. `delay_in_runs` is how long after the submit the first of the
 * ten started, in median runs; the goal is 2 at most.
 */
export async function flood(
  postgres: Postgres,
  redis: RedisServer | null,
  jobs: number,
  say: (line: string) => void,
): Promise<Figures> {
  const db = await postgres.createDatabase();
  await addVentures(db, ["flood", "few"]);
  const fleet = await startFleet(db, SLOTS, redis?.url ?? null);
  const pool = new DatabasePool({ url: db.workerUrl, max: 1, name: "bench flood" });
  try {
    const caller = await registerSubmitter(pool);
    const payload = { n: 0, slow: true };
    for (let n = 0; n < jobs; n += BATCH) {
      await submitJobs(pool, caller, {
        venture: "flood",
        type: "noop",
        payloads: Array.from({ length: BATCH }, () => payload),
      });
    }
    // The window is full of the flood before the ten come; much of it still waits for admission.
    await until(db, "select count(*)::int as n from public.runs where ended_at is not null", 3 * SLOTS);
    const few = await submitJobs(pool, caller, {
      venture: "few",
      type: "noop",
      payloads: Array.from({ length: FEW }, () => payload),
    });
    await until(db, "select count(*)::int as n from public.runs where venture = 'few'", FEW);
    const rows = await db.query<{ ms: number }>(
      `select extract(epoch from r.started_at - j.created_at)::float8 * 1000 as ms from public.runs r join public.jobs j on j.id = r.job_id
       where r.job_id = any ($1::uuid[]) and r.run_no = 1 order by ms`,
      [few],
    );
    const runs = await db.query<{ ms: number }>(
      "select extract(epoch from ended_at - started_at)::float8 * 1000 as ms from public.runs where venture = 'flood' and ended_at is not null",
    );
    const run = median(runs.map((row) => row.ms));
    const waits = rows.map((row) => row.ms);
    const figures = {
      median_run_ms: rounded(run),
      first_start_ms: rounded(waits[0] ?? Number.NaN),
      tenth_start_ms: rounded(waits.at(-1) ?? Number.NaN),
      delay_in_runs: rounded((waits[0] ?? Number.NaN) / run),
    };
    say(`  ten jobs behind ${jobs} of another venture: ${JSON.stringify(figures)}`);
    return figures;
  } finally {
    await pool.end();
    await fleet.worker.end("SIGKILL");
    await fleet.close();
    await db.drop();
  }
}

async function until(db: TestDatabase, sql: string, count: number): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ n: number }>(sql);
    if ((row?.n ?? 0) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function registerSubmitter(pool: DatabasePool): Promise<Caller> {
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(pool, {
    name: "bench-submitter",
    instance: randomUUID(),
    key,
    host: "bench",
    lanes: [],
    slots: 0,
    version: "bench",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: [],
  });
  return { id: worker_id, key };
}
