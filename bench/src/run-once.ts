import type { TestDatabase } from "@holdpoint/local/testing";
import { cpuSeconds, parentOf, postgresCpuSeconds } from "./frame/cpu.ts";
import { Role, type Starts } from "./frame/role.ts";
import type { Postgres, RedisServer } from "./frame/servers.ts";
import { addVentures, startFleet, VENTURES } from "./fleet.ts";
import type { HeartbeatersConfig, PeerConfig, ProducerConfig } from "./roles/config.ts";

export interface Load {
  readonly jobs: number;
  readonly concurrency: number;
  readonly slowPercent: number;
  /** One by one at so many a second; 0: in batches, as fast as it goes. */
  readonly rate: number;
  /** Of Holdpoint's jobs so many of a hundred are paid, under caps that never bind; default 0. */
  readonly paidPercent?: number;
  /** So many more registered workers that hold a lease each and heartbeat; default 0. */
  readonly heartbeating?: number;
}

export interface Outcome {
  readonly jobsPerSecond: number;
  /** CPU microseconds a job of each part. */
  readonly cpu: { [part: string]: number };
  /** From the submit's commit (of a peer: from its sending) to the handler's start, in milliseconds; only under a rate. */
  readonly waits: number[];
}

export const BATCH = 500;
/** Its jobs are what the heartbeating workers hold; they are no part of what is measured. */
const KEPT_VENTURE = "kept";

/** Jobs before those that count: so long V8 compiles what runs often, in threads that share the cores. */
const warmUpOf = (load: Load): number => Math.ceil(load.jobs / 4);

interface Servers {
  readonly postgres: Postgres;
  readonly redis: RedisServer | null;
}

/** Sums CPU seconds per part, before and after. */
type Meter = () => { [part: string]: number };

/** One run of a peer: its producer and its consumer in two processes, on fresh storage. */
export async function runPeer(peer: PeerConfig["peer"], load: Load, servers: Servers): Promise<Outcome> {
  await servers.redis?.wipe();
  const db = await servers.postgres.createDatabase();
  const onRedis = peer === "bullmq-redis";
  const url = onRedis ? (servers.redis?.url ?? "") : db.ownerUrl;
  const warmUp = warmUpOf(load);
  const config: PeerConfig = { peer, url, phases: [warmUp, load.jobs], batch: BATCH, ...load };
  const producer = new Role("peer-producer.ts", config);
  let consumer: Role | null = null;
  try {
    await producer.next("ready");
    consumer = new Role("peer-consumer.ts", config);
    const starts: Starts[number][] = [];
    consumer.on((message) => {
      if (message.kind === "ran") starts.push(...message.starts);
    });
    await consumer.next("ready");
    await phase(producer, consumer.next("done"));
    starts.length = 0;
    const meter = await meterOf(db, { producer, worker: consumer }, servers);
    const before = meter();
    const { begun, ended } = await phase(producer, consumer.next("done"));
    const waits = starts.map(([at, started]) => started - at);
    return outcome(load, begun, ended.at, before, meter(), waits);
  } finally {
    await Promise.all([producer.end("SIGKILL"), consumer?.end("SIGKILL")]);
    await db.drop();
  }
}

/** One run of Holdpoint: producer and the real worker in two processes, a fresh database. Throws when a job is missing. */
export async function runHoldpoint(load: Load, servers: Servers, onRedis: boolean): Promise<Outcome> {
  await servers.redis?.wipe();
  const db = await servers.postgres.createDatabase();
  await addVentures(db);
  if ((load.paidPercent ?? 0) > 0) await setCaps(db);
  const others = load.heartbeating === undefined ? null : await startHeartbeaters(db, load.heartbeating);
  const fleet = await startFleet(db, load.concurrency, onRedis ? (servers.redis?.url ?? null) : null);
  const warmUp = warmUpOf(load);
  const config: ProducerConfig = {
    url: db.workerUrl,
    ventures: VENTURES,
    phases: [warmUp, load.jobs],
    batch: BATCH,
    slowPercent: load.slowPercent,
    paidPercent: load.paidPercent ?? 0,
    rate: load.rate,
  };
  const producer = new Role("producer.ts", config);
  try {
    await producer.next("ready");
    await phase(
      producer,
      ranJobs(fleet.worker, warmUp).then(() => allSettled(db)),
    );
    const meter = await meterOf(db, { producer, worker: fleet.worker }, servers);
    const before = meter();
    const ran = ranJobs(fleet.worker, load.jobs);
    const { begun } = await phase(
      producer,
      ran.then(() => allSettled(db)),
    );
    const after = meter();
    const ended = await endOfLast(db, warmUp + load.jobs);
    const committed = load.rate > 0 ? await commits(db) : new Map<number, number>();
    const waits = (await ran).map(([at, started]) => started - (committed.get(at) ?? Number.NaN));
    return outcome(load, begun, ended, before, after, waits);
  } finally {
    await producer.end("SIGKILL");
    await fleet.close();
    await others?.end("SIGKILL");
    await db.drop();
  }
}

/** Caps of the fleet and of each venture, a day and a week: locked, read and counted in each claim of paid work, and never full. */
async function setCaps(db: TestDatabase): Promise<void> {
  await db.query(
    `insert into public.caps (scope, key, period, venture, cap_microusd, threshold_microusd, set_by)
     select s.scope::public.block_scope, s.key, p.period::public.cap_period, s.venture, 1000000000000, case p.period when 'day' then 1000000000000 end, 'bench'
     from (select 'venture' as scope, key, key as venture from public.ventures where key <> 'fleet' union all values ('everything', '', 'fleet')) s
     cross join (values ('day'), ('week')) p(period)`,
  );
}

/** Ready once each holds its lease. */
async function startHeartbeaters(db: TestDatabase, workers: number): Promise<Role> {
  await addVentures(db, [KEPT_VENTURE]);
  await db.query("update public.settings set max_workers = 10000");
  const config: HeartbeatersConfig = { url: db.workerUrl, workers, venture: KEPT_VENTURE };
  const role = new Role("heartbeaters.ts", config);
  await role.next("ready");
  return role;
}

async function phase<T>(producer: Role, ended: Promise<T>): Promise<{ begun: number; ended: T }> {
  const submitted = producer.next("done");
  producer.send("go");
  const [{ at }, end] = await Promise.all([submitted, ended]);
  return { begun: at, ended: end };
}

/** Resolves when the handler in the worker has run so often, with when each began. */
function ranJobs(worker: Role, jobs: number): Promise<Starts> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const starts: Starts[number][] = [];
    worker.on((message) => {
      if (message.kind !== "ran" || count >= jobs) return;
      count += message.count;
      starts.push(...message.starts);
      if (count >= jobs) resolve(starts);
    });
    worker.process.once("exit", (code) => reject(new Error(`the worker ended with ${code}`)));
  });
}

async function allSettled(db: TestDatabase): Promise<void> {
  for (;;) {
    const [row] = await db.query<{ open: boolean }>(
      "select exists (select 1 from public.runs where ended_at is null and venture <> $1) as open",
      [KEPT_VENTURE],
    );
    if (row?.open === false) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** When each job's submit was committed (ms since 1970), by when it was sent. */
async function commits(db: TestDatabase): Promise<Map<number, number>> {
  const rows = await db.query<{ at: number; committed: number }>(
    `select (j.payload ->> 'at')::float8 as at, extract(epoch from pg_xact_commit_timestamp(e.xmin))::float8 * 1000 as committed
     from public.jobs j join public.job_events e on e.stream = j.id and e.seq = 1`,
  );
  return new Map(rows.map((row) => [row.at, row.committed]));
}

/** When the last job ended, by the database's clock (ms since 1970), after checking that all is recorded. */
async function endOfLast(db: TestDatabase, jobs: number): Promise<number> {
  const [row] = await db.query<{ ended: number; done: number; events: number; broken: number }>(
    `select extract(epoch from max(ended_at))::float8 * 1000 as ended, count(*) filter (where state = 'succeeded')::int as done,
       (select count(*)::int from public.job_events where venture <> $1) as events,
       (select count(*)::int from (select id from public.jobs order by id limit 200) j cross join lateral holdpoint.verify_stream(j.id) v where not v.ok) as broken
     from public.jobs where venture <> $1`,
    [KEPT_VENTURE],
  );
  if (row?.done !== jobs || row.events !== 4 * jobs || row.broken !== 0) {
    throw new Error(`not fully recorded: ${JSON.stringify(row)} of ${jobs} jobs`);
  }
  return row.ended;
}

async function meterOf(db: TestDatabase, roles: { producer: Role; worker: Role }, servers: Servers): Promise<Meter> {
  const [row] = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
  const { redis } = servers;
  const postmaster = parentOf(row?.pid ?? 0);
  return () => ({
    producer: cpuSeconds(roles.producer.process.pid ?? 0),
    worker: cpuSeconds(roles.worker.process.pid ?? 0),
    postgres: postgresCpuSeconds(postmaster),
    redis: redis === null ? 0 : cpuSeconds(redis.pid),
  });
}

function outcome(
  load: Load,
  begun: number,
  ended: number,
  before: ReturnType<Meter>,
  after: ReturnType<Meter>,
  waits: number[],
): Outcome {
  const cpu = Object.fromEntries(
    Object.entries(after).map(([part, seconds]) => [
      part,
      Math.round(((seconds - (before[part] ?? 0)) * 1e6) / load.jobs),
    ]),
  );
  return { jobsPerSecond: (load.jobs * 1_000) / (ended - begun), cpu, waits };
}
