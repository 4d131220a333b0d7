import { median, percentile, type BenchResult, type Figures } from "./frame/figures.ts";
import { POSTGRES_SETTINGS, type Postgres, type RedisServer } from "./frame/servers.ts";
import { runHoldpoint, runPeer, type Outcome } from "./run-once.ts";

export interface LatencyOptions {
  readonly rounds: number;
  readonly jobs: number;
  readonly rate: number;
  readonly say: (line: string) => void;
}

/**
 * From the commit of a submit to the start of its handler, at an even rate. The commit's time is PostgreSQL's
 * (track_commit_timestamp): it is taken before the commit is flushed to disk, so the flush is inside. Of bare BullMQ,
 * which has no such record on Redis, from before the producer's call. Medians of the runs' percentiles.
 */
export async function latency(
  postgres: Postgres,
  redis: RedisServer | null,
  options: LatencyOptions,
): Promise<BenchResult> {
  const servers = { postgres, redis };
  const load = { jobs: options.jobs, concurrency: 100, slowPercent: 0, rate: options.rate };
  const figures: Figures = {};
  const sides: [string, () => Promise<Outcome>][] = [];
  if (redis === null) options.say("redis-server is not installed: the Redis part is left out");
  else {
    sides.push(["redis", () => runHoldpoint(load, servers, true)]);
    sides.push(["redis_bare_bullmq", () => runPeer("bullmq-redis", load, servers)]);
  }
  sides.push(["postgres", () => runHoldpoint(load, servers, false)]);
  sides.push(["postgres_bare_bullmq", () => runPeer("bullmq-postgres", load, servers)]);

  const seen = new Map<string, { p50: number[]; p99: number[] }>();
  for (let round = 1; round <= options.rounds; round++) {
    for (const [name, run] of sides) {
      const { waits } = await run();
      const mine = seen.get(name) ?? { p50: [], p99: [] };
      mine.p50.push(percentile(waits, 50));
      mine.p99.push(percentile(waits, 99));
      seen.set(name, mine);
      options.say(`  ${name}: p50 ${percentile(waits, 50).toFixed(1)} ms, p99 ${percentile(waits, 99).toFixed(1)} ms`);
    }
  }
  for (const [name, { p50, p99 }] of seen) {
    figures[name] = { p50_ms: Math.round(median(p50) * 10) / 10, p99_ms: Math.round(median(p99) * 10) / 10 };
  }
  return {
    name: "latency",
    figures,
    settings: {
      rounds: options.rounds,
      jobs: options.jobs,
      rate_per_second: options.rate,
      slots: load.concurrency,
      postgres: { ...POSTGRES_SETTINGS },
    },
  };
}
