import { randomBytes } from "node:crypto";
import pg from "pg";
import { parseAnchors, checkpointLine, verifyDatabase } from "@holdpoint/db/audit";
import { readCheckpoints, registerWorker, seal } from "@holdpoint/db/runtime";
import type { TestDatabase } from "@holdpoint/local/testing";
import { addVentures, VENTURES } from "./fleet.ts";
import { median, percentile, rounded, type BenchResult } from "./frame/figures.ts";
import { POSTGRES_SETTINGS, type Postgres } from "./frame/servers.ts";

export interface AuditOptions {
  readonly events: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const EVENTS_PER_JOB = 4;
const JOBS_PER_CALL = 200;

/** `audit verify` over many events of ended jobs, four each, sealed and anchored: the same call as the command makes. */
export async function audit(postgres: Postgres, options: AuditOptions): Promise<BenchResult> {
  const db = await postgres.createDatabase();
  try {
    await addVentures(db);
    await fill(db, options.events / EVENTS_PER_JOB);
    const sealing = await sealAll(db);
    options.say(`  ${options.events} events, sealed in ${sealing.ms} ms`);
    const times: number[] = [];
    let peak = 0;
    const client = new pg.Client({ connectionString: db.ownerUrl });
    await client.connect();
    for (let round = 0; round < options.rounds; round++) {
      const start = performance.now();
      const anchors = parseAnchors(sealing.anchors);
      const found = await verifyDatabase(client, { anchors });
      times.push(performance.now() - start);
      peak = Math.max(peak, process.memoryUsage().rss);
      if (!found.ok || found.counts.events < options.events || found.counts.unsealedEvents > 0) {
        throw new Error(`verified ${JSON.stringify({ ...found.counts, breaks: found.breaks.slice(0, 2) })}`);
      }
      options.say(`  ${JSON.stringify({ ms: Math.round(times.at(-1) ?? 0) })}`);
    }
    await client.end();
    return {
      name: "audit",
      figures: {
        verify: { ms: rounded(median(times)), slowest_ms: rounded(percentile(times, 100)) },
        events_a_second: rounded(options.events / (median(times) / 1000)),
        peak_rss_mb: rounded(peak / 1e6),
        seal: { ms: sealing.ms, checkpoints: sealing.checkpoints },
      },
      settings: {
        events: options.events,
        events_a_job: EVENTS_PER_JOB,
        rounds: options.rounds,
        ventures: VENTURES.length,
        postgres: { ...POSTGRES_SETTINGS },
      },
    };
  } finally {
    await db.drop();
  }
}

/** Ended jobs with the events that a plain run leaves, chained as the functions chain them, and their feed. */
async function fill(db: TestDatabase, jobs: number): Promise<void> {
  const bodies = ["submitted", "queued", "running", "succeeded"].map(
    (type, i) =>
      `holdpoint.event_body(i.id, ${i + 1}, '${type}', holdpoint.micros(i.at), 'worker', i.id::text, '1', '{"outcome":"succeeded","cost_microusd":0,"log":[0,""],"note":"as long as a plain event is"}')`,
  );
  await db.query(
    `with i as materialized (
       select holdpoint.new_id() as id, clock_timestamp() as at, v.keys[1 + n % cardinality(v.keys)] as venture, n
       from generate_series(0, $1 - 1) n, (select array_agg(key::text order by key) as keys from public.ventures where key <> 'fleet') v
     ), b as materialized (select i.*, ${bodies.map((body, i) => `${body} as b${i + 1}`).join(", ")} from i),
     h1 as materialized (select b.*, holdpoint.next_hash(holdpoint.first_hash(b.id), b.b1) as h1 from b),
     h2 as materialized (select h1.*, holdpoint.next_hash(h1.h1, h1.b2) as h2 from h1),
     h3 as materialized (select h2.*, holdpoint.next_hash(h2.h2, h2.b3) as h3 from h2),
     h as materialized (select h3.*, holdpoint.next_hash(h3.h3, h3.b4) as h4 from h3),
     e as (
       insert into public.job_events (stream, seq, venture, type, at, body, hash)
       select h.id, t.seq, h.venture, t.type, h.at, t.body, t.hash
       from h cross join lateral (values (1, 'submitted', h.b1, h.h1), (2, 'queued', h.b2, h.h2), (3, 'running', h.b3, h.h3), (4, 'succeeded', h.b4, h.h4)) t(seq, type, body, hash)
     ), f as (
       insert into holdpoint.feed (epoch, streams, seqs, ventures)
       select 1, array_agg(h.id), array_agg(4), array_agg(h.venture) from h group by h.n / ${JOBS_PER_CALL}
     )
     insert into public.jobs (id, type, type_version, venture, queue, payload, size, run_at, state, tier, rule, policy_version, plan_hash, seq, head,
       submitted_by_kind, submitted_by_id, run_no, created_at, updated_at, ended_at)
     select h.id, 'past', 1, h.venture, 'job', '{}', 'small', h.at, 'succeeded', 'small', 'default', 1, sha256('plan'), 4, h.h4, 'operator', 'bench', 1, h.at, h.at, h.at from h`,
    [jobs],
  );
  await db.query("analyze");
}

async function sealAll(db: TestDatabase): Promise<{ ms: number; checkpoints: number; anchors: string }> {
  const client = new pg.Client({ connectionString: db.workerUrl });
  await client.connect();
  const key = randomBytes(32).toString("hex");
  const { worker_id } = await registerWorker(client, {
    name: "bench",
    instance: "bench",
    key,
    host: "bench",
    lanes: [],
    slots: 0,
    version: "0",
    schemaMin: 1,
    schemaMax: 1,
    isolation: "none",
    types: [],
  });
  const start = performance.now();
  while ((await seal(client, { id: worker_id, key })) !== null);
  const ms = rounded(performance.now() - start);
  const checkpoints = await readCheckpoints(client, { id: worker_id, key }, 0, 1_000);
  await client.end();
  return { ms, checkpoints: checkpoints.length, anchors: checkpoints.map(checkpointLine).join("") };
}
