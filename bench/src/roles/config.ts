/** What a role is told, as JSON in argv[2]. */
export interface PeerConfig {
  readonly peer: "bullmq-redis" | "bullmq-postgres" | "graphile-worker" | "pg-boss";
  readonly url: string;
  /** Jobs of each phase: a warm-up, then what is measured. A phase begins with a "go". */
  readonly phases: readonly number[];
  readonly concurrency: number;
  /** Jobs in one call of the producer. */
  readonly batch: number;
  /** Of a hundred handlers so many take 500 ms. */
  readonly slowPercent: number;
  /** Jobs a second, one by one; 0: as fast as it goes. */
  readonly rate: number;
}

export interface ProducerConfig {
  readonly url: string;
  readonly ventures: readonly string[];
  readonly phases: readonly number[];
  readonly batch: number;
  readonly slowPercent: number;
  /** Of a hundred calls so many submit paid jobs. */
  readonly paidPercent: number;
  readonly rate: number;
}

/** Workers beside those that are measured: each holds one lease and renews it at the real rate. */
export interface HeartbeatersConfig {
  readonly url: string;
  readonly workers: number;
  readonly venture: string;
}

/** What a job carries, on both sides. */
export interface Payload {
  readonly n: number;
  readonly slow?: boolean;
  /** When the producer sent it (ms since 1970); only under a rate. */
  readonly at?: number;
}

export const SLOW_MS = 500;

export function readConfig<T>(): T {
  return JSON.parse(process.argv[2] ?? "null") as T;
}

export function payloads(from: number, count: number, slowPercent: number): Payload[] {
  return Array.from({ length: count }, (_, i) => {
    const n = from + i;
    return slowPercent > 0 && n % 100 < slowPercent ? { n, slow: true } : { n };
  });
}

/** Calls `each` at an even rate, `count` times, without waiting for the one before. */
export async function atRate(rate: number, count: number, each: (n: number) => Promise<unknown>): Promise<void> {
  const start = performance.now();
  const under: Promise<unknown>[] = [];
  for (let n = 0; n < count; n++) {
    const wait = start + (n * 1_000) / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    under.push(each(n));
  }
  await Promise.all(under);
}
