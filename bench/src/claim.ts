import { randomBytes, randomUUID } from "node:crypto";
import { DatabasePool, claimJobs, pickReady, registerWorker, type Caller } from "@holdpoint/db/runtime";
import type { TestDatabase } from "@holdpoint/local/testing";
import { median, percentile, rounded, type BenchResult, type Figures } from "./frame/figures.ts";
import { POSTGRES_SETTINGS, type Postgres, type RedisServer } from "./frame/servers.ts";
import { addVentures } from "./fleet.ts";
import { flood } from "./flood.ts";

export interface ClaimOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly flood: number;
  readonly say: (line: string) => void;
}

const TYPES = 10;
/** What a worker of 16 slots asks for: one tick of dispatch, then one batch of the gate. */
const WANT = 16;

/**
 * The fair pick and the claim over a million queued rows, one caller, one call after the other: what a single
 * dispatcher and a single lane would wait. Then one venture's flood beside another's ten jobs, through the real worker.
 */
export async function claim(
  postgres: Postgres,
  redis: RedisServer | null,
  options: ClaimOptions,
): Promise<BenchResult> {
  const db = await postgres.createDatabase();
  let figures: Figures;
  try {
    figures = await overManyRows(db, options);
  } finally {
    await db.drop();
  }
  figures["flood"] = await flood(postgres, redis, options.flood, options.say);
  return {
    name: "claim",
    figures,
    settings: {
      rows: options.rows,
      ventures: ventureCount(options.rows),
      types: TYPES,
      rounds: options.rounds,
      batch: WANT,
      flood_jobs: options.flood,
      postgres: { ...POSTGRES_SETTINGS },
    },
  };
}

async function overManyRows(db: TestDatabase, options: ClaimOptions): Promise<Figures> {
  const pool = new DatabasePool({ url: db.workerUrl, max: 1, name: "bench claim" });
  try {
    const caller = await registerTypes(pool);
    const begun = performance.now();
    await fill(db, options.rows);
    options.say(`  ${options.rows} rows queued in ${Math.round((performance.now() - begun) / 1_000)} s`);
    const picks: number[] = [];
    const claims: number[] = [];
    let cursor = "";
    for (let round = 0; round < options.rounds + 10; round++) {
      const start = performance.now();
      const picked = await pickReady(pool, caller, { queue: "job", want: WANT, cursor, out: [], look: true });
      const between = performance.now();
      const ready = picked.filter((row) => row.kind === "ready");
      cursor = picked.at(-1)?.cursor ?? "";
      const ids = ready.map((row) => row.job_id);
      const nos = ready.map((row) => row.dispatch_no);
      const answers = await claimJobs(pool, caller, randomUUID(), "build", ids, nos);
      const end = performance.now();
      if (answers.length !== WANT || answers.some((row) => row.verdict !== "claimed")) {
        throw new Error(`the gate refused: ${JSON.stringify(answers.find((row) => row.verdict !== "claimed"))}`);
      }
      if (round < 10) continue; // Plans and caches.
      picks.push(between - start);
      claims.push(end - between);
    }
    const both = picks.map((ms, i) => ms + (claims[i] ?? 0));
    const spread = (list: number[]) => ({ p50_ms: rounded(median(list)), p95_ms: rounded(percentile(list, 95)) });
    const figures: Figures = { pick: spread(picks), claim: spread(claims), pick_and_claim: spread(both) };
    options.say(`  pick and claim of ${WANT}: ${JSON.stringify(figures["pick_and_claim"])}`);
    return figures;
  } finally {
    await pool.end();
  }
}

async function registerTypes(pool: DatabasePool): Promise<Caller> {
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(pool, {
    name: "bench-claim",
    instance: randomUUID(),
    key,
    host: "bench",
    lanes: ["build"],
    slots: WANT,
    version: "bench",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: Array.from({ length: TYPES }, (_, i) => ({
      name: `type_${i}`,
      version: 1,
      payload_schema: {},
      size: "small",
      estimate_microusd: 0,
      ceiling_microusd: 0,
      timeout_ms: 60_000,
      effect_kinds: [],
      approval: false,
      code_hash: "bench",
      description: "",
    })),
  });
  return { id: worker_id, key };
}

function ventureCount(rows: number): number {
  return Math.min(1_000, Math.max(10, rows / 1_000));
}

/**
 * Queued rows with their two events, written straight into the tables: submitting a million would take a minute and
 * shows nothing here. One venture has half of all, the rest fall off as 1/n; so do the types.
 */
async function fill(db: TestDatabase, rows: number): Promise<void> {
  const keys = Array.from({ length: ventureCount(rows) }, (_, i) => `many-${i}`);
  await addVentures(db, keys);
  await db.query("alter role postgres set synchronous_commit = off");
  const step = 50_000;
  for (let from = 0; from < rows; from += step) {
    await db.query(
      `with n as (
         select i, holdpoint.new_id() as id,
           case when i % 2 = 0 then 0 else least($3 - 1, floor(power($3::float8, random()))::int) end as v,
           least($4 - 1, floor(power($4 + 1::float8, random()))::int - 1) as t
         from generate_series($1::int, $2::int) i
       ), b as (
         select n.*, holdpoint.event_body(n.id, 1, 'submitted', 0, 'run', 'bench', 'null', '{}') as first
         from n
       ), h as (
         select b.*, holdpoint.next_hash(holdpoint.first_hash(b.id), b.first) as head from b
       ), e as (
         insert into public.job_events (stream, seq, venture, type, at, body, hash)
         select h.id, 1, 'many-' || h.v, 'submitted', now(), h.first, h.head from h
       )
       insert into public.jobs (id, type, type_version, venture, queue, payload, size, run_at, state, phase, dispatch_no, tier, policy_version,
         rule, plan_hash, seq, head, submitted_by_kind, submitted_by_id, created_at, updated_at)
       select h.id, 'type_' || h.t, 1, 'many-' || h.v, 'job', '{}', 'small', now() - make_interval(secs => random() * 3600), 'queued', 'q', 1, 'small', 1,
         'default', '\\x00', 1, h.head, 'run', 'bench', now(), now()
       from h`,
      [from, Math.min(from + step, rows) - 1, keys.length, TYPES],
    );
  }
  await db.query("alter role postgres reset synchronous_commit");
  await db.query("vacuum (analyze) public.jobs");
}
