import type { TestDatabase } from "@holdpoint/local/testing";
import { median, percentile, rounded, type BenchResult, type Figures } from "./frame/figures.ts";
import { signInAdmin, type Person } from "./frame/person.ts";
import { POSTGRES_SETTINGS, type Postgres, type RedisServer } from "./frame/servers.ts";
import { addVentures, startFleet, VENTURES, type Fleet } from "./fleet.ts";

export interface StopOptions {
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const WORKERS = 3;
const SLOTS = 20;
const HANDLERS = WORKERS * SLOTS;
/** More than there are slots: hints that lie with a full worker must not leave a slot of another one free. */
const JOBS = HANDLERS * 2;
const TOO_LONG_MS = 30_000;

interface Round {
  /** From the commit of engage_stop to each handler's signal, in milliseconds, ascending. */
  readonly signals: readonly number[];
  /** To the answer of confirm_stop: nothing in scope starts or records from there. */
  readonly effective: number;
  /** To the end of the last run: the stop says STOPPED. */
  readonly stopped: number;
}

/**
 * One click stops everything: from the commit of engage_stop to the AbortSignal of the last of 60 handlers in three real
 * worker processes, again and again. The commit's time is PostgreSQL's, taken before its flush to disk.
 */
export async function stop(postgres: Postgres, redis: RedisServer | null, options: StopOptions): Promise<BenchResult> {
  const figures: Figures = {};
  if (redis === null) options.say("redis-server is not installed: the Redis part is left out");
  else figures["redis"] = await measure(postgres, redis, options);
  figures["postgres"] = await measure(postgres, null, options);
  return {
    name: "stop",
    figures,
    settings: {
      rounds: options.rounds,
      workers: WORKERS,
      handlers: HANDLERS,
      scope: "everything",
      postgres: { ...POSTGRES_SETTINGS },
    },
  };
}

async function measure(postgres: Postgres, redis: RedisServer | null, options: StopOptions): Promise<Figures> {
  await redis?.wipe();
  const db = await postgres.createDatabase();
  await addVentures(db);
  const admin = await signInAdmin(db);
  const fleets: Fleet[] = [];
  try {
    const handlers = new Handlers();
    for (let n = 1; n <= WORKERS; n++) {
      const fleet = await startFleet(db, SLOTS, redis?.url ?? null, `bench-${n}`);
      fleets.push(fleet);
      handlers.hear(fleet);
    }
    const rounds: Round[] = [];
    for (let n = 0; n < options.rounds; n++) rounds.push(await oneStop(db, admin, handlers));
    const figures = summary(rounds);
    options.say(`  ${redis === null ? "postgres" : "redis"}: ${JSON.stringify(figures)}`);
    return figures;
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.worker.end("SIGKILL")));
    for (const fleet of fleets) await fleet.close();
    await admin.close();
    await db.drop();
  }
}

function summary(rounds: readonly Round[]): Figures {
  const last = rounds.map(({ signals }) => signals.at(-1) ?? Number.NaN);
  const every = rounds.flatMap(({ signals }) => signals);
  const of = (list: readonly number[]) => ({
    p50_ms: rounded(median(list)),
    p99_ms: rounded(percentile(list, 99)),
    most_ms: rounded(Math.max(...list)),
  });
  return {
    last_signal: of(last),
    every_signal: of(every),
    effective: of(rounds.map(({ effective }) => effective)),
    stopped: of(rounds.map(({ stopped }) => stopped)),
  };
}

/** Counts what the handlers in all workers say. */
class Handlers {
  #holding = 0;
  #signals: number[] = [];
  #waiting: (() => void) | null = null;

  hear(fleet: Fleet): void {
    fleet.worker.on((message) => {
      if (message.kind === "holding") this.#holding++;
      if (message.kind === "signalled") this.#signals.push(message.at);
      this.#waiting?.();
    });
  }

  async allHold(): Promise<void> {
    await this.#until(() => this.#holding === HANDLERS);
    this.#holding = 0;
  }

  async allSignalled(): Promise<number[]> {
    await this.#until(() => this.#signals.length === HANDLERS);
    return this.#signals.splice(0).toSorted((a, b) => a - b);
  }

  #until(done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = null;
        reject(new Error(`${this.#holding} handlers began and ${this.#signals.length} of ${HANDLERS} were signalled`));
      }, TOO_LONG_MS);
      this.#waiting = () => {
        if (!done()) return;
        this.#waiting = null;
        clearTimeout(timer);
        resolve();
      };
      this.#waiting();
    });
  }
}

async function oneStop(db: TestDatabase, admin: Person, handlers: Handlers): Promise<Round> {
  await submitHandlers(admin);
  await handlers.allHold();
  const stopped = await admin.call<{ id: string }>("engage_stop", "everything", "", "a benchmark");
  const [row] = await db.query<{ ms: number }>(
    "select extract(epoch from pg_xact_commit_timestamp(xmin))::float8 * 1000 as ms from public.blocks where id = $1",
    [stopped.id],
  );
  const committed = row?.ms ?? Number.NaN;
  const confirmed = await admin.call<{ effective_at: string }>("confirm_stop", stopped.id);
  const signals = (await handlers.allSignalled()).map((at) => at - committed);
  const ended = await lastEnd(db);
  // Queued again, and canceled under the stop: the next round has jobs of its own.
  const rows = await db.query<{ id: string }>("select id from public.jobs where state = 'queued'");
  for (const { id } of rows) await admin.call("cancel_job", id, "the round is over");
  await admin.call("lift_stop", stopped.id, "LIFT");
  return { signals, effective: Date.parse(confirmed.effective_at) - committed, stopped: ended - committed };
}

async function submitHandlers(admin: Person): Promise<void> {
  for (let n = 0; n < JOBS; n++) {
    const venture = VENTURES[n % VENTURES.length];
    await admin.call("submit_job", JSON.stringify({ type: "hold", venture, payload: { n } }));
  }
}

/** When the last of the runs ended, once none is open (ms since 1970). */
async function lastEnd(db: TestDatabase): Promise<number> {
  for (;;) {
    const [row] = await db.query<{ open: number; ended: number }>(
      "select count(*) filter (where ended_at is null)::int as open, extract(epoch from max(ended_at))::float8 * 1000 as ended from public.runs",
    );
    if (row?.open === 0) return row.ended;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
