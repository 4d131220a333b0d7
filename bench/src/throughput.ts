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

/** Fully recorded no-op jobs a second beside the bare queues, in alternating runs. */
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

  const paidWork = (bare: PeerConfig["peer"], plain: Load, onRedis: boolean): Promise<Figures> =>
    withMoney(peer(bare, plain), (name, more) => ({ ...own({ ...plain, ...more }, onRedis), name }), options);

  if (redis === null) options.say("redis-server is not installed: the Redis part is left out");
  else {
    for (const concurrency of options.concurrency) {
      const what = load(options.redisJobs, concurrency);
      figures[`redis_${concurrency}`] = (await compare(peer("bullmq-redis", what), [own(what, true)], options)).figures;
    }
    const mixed = load(Math.round(options.redisJobs / 4), options.concurrency[0] ?? 100, 2);
    const paid = load(Math.round(options.redisJobs / 2), options.concurrency[0] ?? 100);
    figures[`redis_${paid.concurrency}_paid`] = await paidWork("bullmq-redis", paid, true);
    const once = { ...options, rounds: 1 };
    figures["redis_mixed"] = (await compare(peer("bullmq-redis", mixed), [own(mixed, true)], once)).figures;
  }
  const what = load(options.postgresJobs, options.concurrency[0] ?? 100);
  const others = (["graphile-worker", "pg-boss"] as const).map((name) => peer(name, what));
  figures[`postgres_${what.concurrency}`] = (
    await compare(peer("bullmq-postgres", what), [own(what, false)], options, others)
  ).figures;

  figures[`postgres_${what.concurrency}_paid`] = await paidWork(
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

/** Free work alone, paid beside free, paid alone, and the first two with 500 more workers. */
async function withMoney(
  bare: Side,
  ours: (name: string, more: Partial<Load>) => Side,
  options: ThroughputOptions,
): Promise<Figures> {
  const { figures, ratios } = await compare(
    bare,
    [
      ours("holdpoint", {}),
      ours("half_paid", { paidPercent: 50 }),
      ours("all_paid", { paidPercent: 100 }),
      ours("half_paid_500_workers", { paidPercent: 50, heartbeating: HEARTBEATING }),
      ours("free_500_workers", { heartbeating: HEARTBEATING }),
    ],
    options,
  );
  const over = (free: string, paid: string) => twoDigits((ratios.get(free) ?? NaN) / (ratios.get(paid) ?? NaN));
  return {
    ...figures,
    free_to_half_paid: over("holdpoint", "half_paid"),
    free_to_all_paid: over("holdpoint", "all_paid"),
    free_to_half_paid_500_workers: over("free_500_workers", "half_paid_500_workers"),
  };
}

/**
 * Runs each of our sides right after a run of the bare queue, in turn, `rounds` times; then the other peers. A ratio is
 * the median of those pairs: the machine's slow minutes meet both of a pair.
 */
async function compare(
  bare: Side,
  ours: readonly Side[],
  options: ThroughputOptions,
  others: readonly Side[] = [],
): Promise<{ figures: Figures; ratios: Map<string, number> }> {
  const outcomes = new Map<string, Outcome[]>([bare, ...ours, ...others].map(({ name }) => [name, []]));
  const pairs = new Map<string, number[]>(ours.map(({ name }) => [name, []]));
  const measured = async ({ name, run }: Side): Promise<number> => {
    const outcome = await run();
    outcomes.get(name)?.push(outcome);
    options.say(`  ${name}: ${Math.round(outcome.jobsPerSecond)} jobs/s, CPU us/job ${JSON.stringify(outcome.cpu)}`);
    return outcome.jobsPerSecond;
  };
  for (let round = 1; round <= options.rounds; round++) {
    for (const side of ours) {
      const beside = await measured(bare);
      pairs.get(side.name)?.push((await measured(side)) / beside);
    }
    for (const side of others) await measured(side);
  }
  const figures: Figures = {};
  for (const [name, list] of outcomes) {
    const all = list.map((outcome) => outcome.jobsPerSecond);
    figures[name] = {
      jobs_per_second: rounded(median(all)),
      least: rounded(Math.min(...all)),
      most: rounded(Math.max(...all)),
      cpu_us_per_job: medianCpu(list),
    };
  }
  const ratios = new Map([...pairs].map(([name, list]) => [name, median(list)]));
  for (const [name, ratio] of ratios) figures[name === "holdpoint" ? "ratio" : `ratio_${name}`] = twoDigits(ratio);
  return { figures, ratios };
}

const twoDigits = (value: number) => Math.round(value * 100) / 100;

function medianCpu(list: readonly Outcome[]): Figures {
  const parts = Object.keys(list[0]?.cpu ?? {});
  return Object.fromEntries(parts.map((part) => [part, median(list.map((outcome) => outcome.cpu[part] ?? 0))]));
}
