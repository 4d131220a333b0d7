import { randomUUID } from "node:crypto";
import type pg from "pg";
import { claimJobs, reap, settleRuns, tendBlocks } from "@holdpoint/db/runtime";
import type { TestDatabase } from "@holdpoint/local/testing";
import { at } from "../support/at.ts";
import { settlement } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";
import { changeCaps } from "./caps-log.ts";
import type { Command, Kind } from "./script.ts";

export interface Seat {
  db: TestDatabase;
  on: pg.Client;
  worker: TestWorker;
}

type Call = (seat: Seat, command: Command) => Promise<unknown>;
const DOLLAR = 1_000_000;
const ZONES = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
const OUTCOMES = [
  { outcome: "succeeded" },
  { outcome: "failed", errorClass: "transient", errorMessage: "again", retry: { ms: 0 } },
  { outcome: "parked", retry: { ms: 0 } },
  { outcome: "stopped" },
] as const;

export const CALLS: Readonly<Record<Kind, Call>> = {
  claim: async ({ db, on, worker }, { n, k }) => {
    const ready = await db.query<{ id: string; no: number }>(
      "select id, dispatch_no as no from public.jobs where state = 'queued' order by md5(id::text || $1::text) limit $2",
      [n, k],
    );
    const ids = ready.map((job) => job.id);
    return claimJobs(
      on,
      worker,
      randomUUID(),
      "build",
      ids,
      ready.map((job) => job.no),
    );
  },
  settle: async ({ db, on, worker }, { n, k }) => {
    const runs = await db.query<{ id: string; token: string; ceiling: number }>(
      `select r.job_id as id, r.token::text as token, j.ceiling_microusd::float8 as ceiling from public.runs r join public.jobs j on j.id = r.job_id
       where r.worker_id = $1 and (r.ended_at is null or $2::int % 5 = 0) order by md5(r.job_id::text || $2::text) limit $3`,
      [worker.id, n, k],
    );
    const items = runs.map((run, i) => {
      const share = at([0, 0.25, 1, 0.5, n % 11 === 0 ? 1.5 : 0.75], n + i);
      return settlement({
        jobId: run.id,
        token: run.token,
        costMicrousd: Math.round(share * run.ceiling),
        ...at(OUTCOMES, Math.floor(n / 7) + i),
      });
    });
    return settleRuns(on, worker, items);
  },
  lose: async ({ db, on, worker }, { n }) => {
    await db.query(
      `update public.runs set lease_until = clock_timestamp() - interval '1 second'
       where (job_id, run_no) in (select job_id, run_no from public.runs where ended_at is null and token % 3 = $1::int % 3 order by job_id for update skip locked)`,
      [n],
    );
    await db.query(
      "update holdpoint.janitor set database_up_since = clock_timestamp() - interval '1 hour', janitor_seen_at = clock_timestamp()",
    );
    return reap(on, worker, 5);
  },
  cap: ({ db }, { n, k }) =>
    changeCaps(
      db,
      "update public.caps set cap_microusd = $2, threshold_microusd = case period when 'day' then $2::bigint end where md5(key || period::text || $1::text) < '8'",
      [n, (3 + k * 3) * DOLLAR],
    ),
  override: ({ db }, { n, k }) =>
    changeCaps(
      db,
      `update public.caps set override_microusd = $2, override_until = clock_timestamp() + interval '30 milliseconds', override_by = 'test'
       where md5(key || period::text || $1::text) < '8'`,
      [n, (4 + k * 6) * DOLLAR],
    ),
  zone: ({ db }, { n }) => db.query("update public.settings set time_zone = $1", [at(ZONES, n)]),
  tend: ({ on, worker }) => tendBlocks(on, worker),
  liftOverrun: ({ db }) => db.query("delete from public.blocks where kind = 'overrun'"),
};
