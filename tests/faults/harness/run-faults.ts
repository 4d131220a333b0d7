import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase, startTestServer } from "@holdpoint/local/testing";
import { startProvider } from "../../../apps/worker/test/provider/recording-provider.ts";
import { createQueues, migrateBullmqSchema } from "@holdpoint/queues";
import type pg from "pg";
import { check } from "../checker/check.ts";
import { dataOf, type RecordedEvent, type Violation } from "../checker/history.ts";
import { allAnchored, auditOf } from "./audit.ts";
import { collect } from "./collect.ts";
import { FeedReader } from "./feed-reader.ts";
import { rage } from "./nemesis.ts";
import { setCaps, tendMoney } from "./money.ts";
import { Operator } from "./operator.ts";
import { Outside } from "./outside.ts";
import { startPostgresProxy } from "./postgres-proxy.ts";
import { seeded } from "./random.ts";
import { startRedis } from "./redis-server.ts";
import { Triggers } from "./triggers.ts";
import { until } from "./until.ts";
import { WorkerProcess } from "./worker-process.ts";
import { VENTURES, Workload } from "./workload.ts";

export interface FaultSettings {
  backend: "redis" | "postgres";
  seed: number;
  seconds: number;
  tell: (line: string) => void;
}

export interface FaultReport {
  violations: Violation[];
  jobs: number;
  runs: number;
  events: number;
  charges: number;
  signals: number;
  triggers: number;
  /** Calls that the outside API refused (429), and those that it did not serve (503). */
  limited: number;
  unserved: number;
  /** Events by which a promise shows that it was put to the test. */
  seen: ReadonlyMap<string, number>;
  faults: Map<string, number>;
  workerStarts: number;
  settledAfterMs: number | null;
  leftInTime: boolean;
}

/** The shortest lease there is: every other time derives from it. */
const LEASE_MS = 10_000;
/** A lease, its reaping, ten retries of the flaky, and the backoff of a worker that comes back. */
const SETTLE_BOUND_MS = 6 * LEASE_MS;

/** One run of the workload under the nemesis: real processes, real servers, and the checker's verdict. */
export async function runFaults({ backend, seed, seconds, tell }: FaultSettings): Promise<FaultReport> {
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-faults-"));
  const server = await startTestServer({ durable: true });
  stack.defer(() => server.close());
  const db = await createTestDatabase({ adminUrl: server.adminUrl });
  const redis = backend === "redis" ? await startRedis() : null;
  if (redis) stack.defer(() => redis.close());
  else await migrateBullmqSchema(db.ownerUrl, "holdpoint_worker");
  await arrange(db.owner);

  const proxy = await startPostgresProxy(server.port);
  stack.defer(() => proxy.close());
  const throughProxy = new URL(db.workerUrl);
  throughProxy.port = String(proxy.port);
  const transport = createQueues(redis ? { redisUrl: redis.url } : { postgresUrl: db.workerUrl, schema: "bullmq" }, {
    prefix: "holdpoint",
  });
  stack.defer(() => transport.close({ force: true }));
  const operator = await Operator.create(db.ownerUrl);
  stack.defer(() => operator.close());
  const workers = ["one", "two"].map(
    (name) =>
      new WorkerProcess({
        name,
        databaseUrl: throughProxy.href,
        directUrl: throughProxy.href,
        redisUrl: redis?.url ?? null,
        dataDir: join(folder, "data"),
        logFile: join(folder, `${name}.log`),
      }),
  );
  stack.defer(async () => void (await Promise.all(workers.map((worker) => worker.stop()))));
  await until("both workers have registered", async () => {
    const { rows } = await db.owner.query<{ n: string }>(
      "select count(*) as n from public.workers where ended_at is null",
    );
    return rows[0]?.n === "2";
  });

  const reader = new FeedReader(db.webUrl, seeded(seed + 1));
  const provider = await startProvider();
  stack.defer(() => provider.close());
  const outside = await Outside.open(operator, db.owner, seeded(seed + 3));
  stack.defer(() => outside.close());
  const workload = new Workload(operator, db.owner, seeded(seed + 2), provider);
  const triggers = new Triggers(operator, seeded(seed + 4));
  const victims = { workers, server, proxy, redis, transport, operator, owner: db.owner, leaseMs: LEASE_MS };
  const faults = await rage(victims, seeded(seed), seconds * 1000, tell);
  await Promise.all([workload.close(), triggers.close(), outside.calm()]);
  const settledAfterMs = await rest(db.owner, () =>
    tendMoney(operator, db.owner, new Set(provider.did.map(({ key }) => key))),
  );
  const anchorFile = join(folder, "data", "anchors", "checkpoints.jsonl");
  // Whoever leads after a leader was killed between sealing and anchoring makes up for it.
  await until("every checkpoint is anchored", () => allAnchored(db.owner, anchorFile));
  const left = await Promise.all(workers.map((worker) => worker.stop()));
  await reader.finish();

  const facts = await collect(db.owner);
  const audit = await auditOf(db.owner, anchorFile);
  const violations = check({
    ...facts,
    audit,
    charges: provider.did.map(({ key }) => key),
    calls: operator.calls,
    sent: operator.sent,
    triggers: triggers.sent,
    seen: reader.seen,
    settledAfterMs,
    settleBoundMs: SETTLE_BOUND_MS,
  });
  await db.owner.end();
  if (violations.length === 0) rmSync(folder, { recursive: true, force: true });
  else tell(`the workers' logs lie in ${folder}`);
  return {
    violations,
    jobs: facts.jobs.length,
    runs: facts.runs.length,
    events: facts.jobEvents.length + facts.ventureEvents.length,
    charges: provider.did.length,
    signals: facts.told.length,
    triggers: triggers.sent.length,
    limited: outside.answered(429),
    unserved: outside.answered(503),
    seen: countOf([...facts.jobEvents, ...facts.ventureEvents]),
    faults,
    workerStarts: workers.reduce((sum, worker) => sum + worker.starts, 0),
    settledAfterMs,
    leftInTime: left.every(Boolean),
  };
}

async function arrange(owner: pg.Pool): Promise<void> {
  await owner.query("update public.settings set lease_ms = $1, approval_delay_ms = 300", [LEASE_MS]);
  await owner.query("update public.retry_tiers set base_ms = base_ms / 50, max_ms = max_ms / 50");
  for (const venture of VENTURES) {
    await owner.query("select holdpoint.insert_venture($1, 'system', 'faults')", [JSON.stringify({ key: venture })]);
  }
  await setCaps(owner);
  // One venture keeps a small limit, so that blocks are set and lifted all the time.
  await owner.query(
    "update public.limits set max = case when kind = 'first_starts' then 1000000 when key = 'acme' then 3 else 50 end",
  );
  await owner.query(
    "insert into public.limits (scope, key, kind, venture, max) values ('type', 'fault_steps', 'concurrency', 'fleet', 4)",
  );
}

/** How often each type of event is there; of those that tell a reason, with it. */
function countOf(events: readonly RecordedEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of events) {
    const { reason } = dataOf(event);
    const name = typeof reason === "string" ? `${event.type}: ${reason}` : event.type;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Milliseconds until nothing is submitted, queued or running, or held past a deadline, any more; null when that takes longer than the bound. */
async function rest(owner: pg.Pool, tend: () => Promise<void>): Promise<number | null> {
  const start = performance.now();
  try {
    await until(
      "the fleet is at rest",
      async () => {
        await tend();
        const { rows } = await owner.query(
          "select 1 from public.jobs j where state in ('submitted', 'queued', 'running') or (state = 'held' and holdpoint.past_deadline(j, clock_timestamp()) is not null) limit 1",
        );
        return rows.length === 0;
      },
      SETTLE_BOUND_MS,
      100,
    );
    return performance.now() - start;
  } catch {
    // The checker says what is not at rest.
    return null;
  }
}
