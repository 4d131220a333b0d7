import { median, rounded, type BenchResult, type Figures } from "./frame/figures.ts";
import { POSTGRES_SETTINGS, type Postgres, type RedisServer } from "./frame/servers.ts";
import { LIMITS, VENTURES } from "./fleet.ts";
import type { PeerConfig } from "./roles/config.ts";
import { BATCH, runHoldpoint, runPeer, type Load, type Outcome } from "./run-once.ts";

export interface ThroughputOptions {
  readonly rounds: number;
  readonly redisJobs: number;
  readonly postgresJobs: number;
  readonly concurrency: readonly number[];
  readonly say: (line: string) => void;
}

/** Registered workers beside the one that is measured: each holds a lease and renews it at the real rate. */
const HEARTBEATING = 500;

type Side = { readonly name: string; readonly run: () => Promise<Outcome> };

/** Fully recorded no-op jobs a second beside the bare queues, each comparison as alternating runs, medians of them. */
export async function throughput(
  postgres: Postgres,
  redis: RedisServer | null,
  options: ThroughputOptions,
): Promise<BenchResult> {
  const servers = { postgres, redis };
  const figures: Figures = {};
  const load = (jobs: number, concurrency: number, slowPercent = 0): Load => ({
    jobs,
    concurrency,
    slowPercent,
    rate: 0,
  });
  const peer = (name: PeerConfig["peer"], what: Load): Side => ({ name, run: () => runPeer(name, what, servers) });
  const own = (what: Load, onRedis: boolean): Side => ({
    name: "holdpoint",
    run: () => runHoldpoint(what, servers, onRedis),
  });

  /** Free work alone, paid beside free, paid alone, and the second with 500 more workers: each beside the first bare peer. */
  const withMoney = async (bare: PeerConfig["peer"], plain: Load, onRedis: boolean): Promise<Figures> => {
    const named = (name: string, more: Partial<Load>): Side => ({ ...own({ ...plain, ...more }, onRedis), name });
    const compared = await compare(
      [
        peer(bare, plain),
        named("holdpoint", {}),
        named("half_paid", { paidPercent: 50 }),
        named("all_paid", { paidPercent: 100 }),
        named("half_paid_500_workers", { paidPercent: 50, heartbeating: HEARTBEATING }),
        named("free_500_workers", { heartbeating: HEARTBEATING }),
      ],
      options,
    );
    return compared;
  };

  if (redis === null) options.say("redis-server is not installed: the Redis part is left out");
  else {
    for (const concurrency of options.concurrency) {
      const what = load(options.redisJobs, concurrency);
      figures[`redis_${concurrency}`] = await compare([peer("bullmq-redis", what), own(what, true)], options);
    }
    const mixed = load(Math.round(options.redisJobs / 4), options.concurrency[0] ?? 100, 2);
    const paid = load(Math.round(options.redisJobs / 2), options.concurrency[0] ?? 100);
    figures[`redis_${paid.concurrency}_paid`] = await withMoney("bullmq-redis", paid, true);
    figures["redis_mixed"] = await compare([peer("bullmq-redis", mixed), own(mixed, true)], { ...options, rounds: 1 });
  }
  const what = load(options.postgresJobs, options.concurrency[0] ?? 100);
  const others = (["graphile-worker", "pg-boss"] as const).map((name) => peer(name, what));
  figures[`postgres_${what.concurrency}`] = await compare(
    [peer("bullmq-postgres", what), own(what, false), ...others],
    options,
  );

  figures[`postgres_${what.concurrency}_paid`] = await withMoney(
    "bullmq-postgres",
    { ...what, jobs: what.jobs / 2 },
    false,
  );

  return {
    name: "throughput",
    figures,
    settings: {
      rounds: options.rounds,
      redis_jobs: options.redisJobs,
      postgres_jobs: options.postgresJobs,
      batch: BATCH,
      ventures: VENTURES.length,
      limits: { ...LIMITS },
      idempotency_keys: true,
      row_level_security: true,
      heartbeats: true,
      heartbeating_workers: HEARTBEATING,
      heartbeat_every_ms: 10_000,
      caps: "of the fleet and each venture, a day and a week",
      postgres: { ...POSTGRES_SETTINGS },
    },
  };
}

/** Runs all sides in turn, `rounds` times. `ratio` is Holdpoint's median over the first side's. */
async function compare(sides: readonly Side[], options: ThroughputOptions): Promise<Figures> {
  const outcomes = new Map<string, Outcome[]>(sides.map(({ name }) => [name, []]));
  for (let round = 1; round <= options.rounds; round++) {
    for (const { name, run } of sides) {
      const outcome = await run();
      outcomes.get(name)?.push(outcome);
      options.say(`  ${name}: ${Math.round(outcome.jobsPerSecond)} jobs/s, CPU us/job ${JSON.stringify(outcome.cpu)}`);
    }
  }
  const figures: Figures = {};
  const speed = (name: string) => median((outcomes.get(name) ?? []).map((outcome) => outcome.jobsPerSecond));
  for (const [name, list] of outcomes) {
    const all = list.map((outcome) => outcome.jobsPerSecond);
    figures[name] = {
      jobs_per_second: rounded(speed(name)),
      least: rounded(Math.min(...all)),
      most: rounded(Math.max(...all)),
      cpu_us_per_job: medianCpu(list),
    };
  }
  const over = (name: string, other: string) => Math.round((speed(name) / speed(other)) * 100) / 100;
  const bare = sides[0]?.name ?? "";
  figures["ratio"] = over("holdpoint", bare);
  for (const { name } of sides.slice(1)) {
    if (!name.includes("paid") && !name.includes("500")) continue;
    figures[`ratio_${name}`] = over(name, bare);
    figures[`free_to_${name}`] = over("holdpoint", name);
  }
  return figures;
}

function medianCpu(list: readonly Outcome[]): Figures {
  const parts = Object.keys(list[0]?.cpu ?? {});
  return Object.fromEntries(parts.map((part) => [part, median(list.map((outcome) => outcome.cpu[part] ?? 0))]));
}
