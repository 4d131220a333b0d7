import { createFeedSource, parseCursor } from "@holdpoint/db/feed";
import type { RecordedCall, SeenEvent } from "../../faults/checker/history.ts";
import { PUT_OFF } from "../../faults/harness/collect.ts";
import { seeded } from "../../faults/harness/random.ts";
import { createSimDatabase, type SimDatabase } from "../clock/sim-database.ts";
import { dayOf, FLEET_ZONE, loadAt, SimClock } from "./clock.ts";
import { Dispatcher } from "./dispatcher.ts";
import { FleetDuties } from "./fleet-duties.ts";
import { Nemesis, type Frozen } from "./nemesis.ts";
import { Office } from "./office.ts";
import { People } from "./people.ts";
import { CRASH_POINTS, type CrashPoint } from "./perform.ts";
import { RecordingProvider, type Deed } from "./provider.ts";
import { simCatalogue } from "./types.ts";
import { SimWorker } from "./worker.ts";
import { shareOf, VENTURES, Workload, type OldJobs } from "./workload.ts";

export interface WeekOptions {
  adminUrl: string;
  seed: number;
  jobs: number;
  days: number;
  tell: (line: string) => void;
  /** One in so many processes dies around what it does outside; default 250. */
  crashIn?: number;
  /** Where it dies; default any point. */
  crashAt?: readonly CrashPoint[];
  /** Caps are so much of what they usually are. */
  capFactor?: number;
  /** Jobs fail so many times as often as usual. */
  failFactor?: number;
  /** First starts an hour of a venture; default four times what comes. */
  firstStarts?: number;
  /** How likely something goes wrong, or somebody acts on the fleet as a whole, in ten minutes; default 1 / 8. */
  strikes?: number;
  /** Breaks a rule in the database before anything happens, to see that the checks notice. */
  sabotage?: (db: SimDatabase) => Promise<void>;
}

/** All that happened, beside what the database says: the provider's own record, and what was done to the fleet. */
export interface LivedWeek {
  db: SimDatabase;
  /** When the installation was made, and when its week began. */
  bornMs: number;
  startMs: number;
  endMs: number;
  deeds: readonly Deed[];
  calls: readonly RecordedCall[];
  /** Signals whose sending was acknowledged. */
  sent: readonly string[];
  /** Replays that were asked only to look. */
  dryRuns: readonly string[];
  /** Jobs of a month before the week, and what their keys were answered with in it. */
  old: { ids: readonly string[]; answered: readonly string[] };
  frozen: readonly Frozen[];
  /** The checkpoints as they were anchored outside. */
  anchorFile: string;
  seen: readonly SeenEvent[];
  tally: ReadonlyMap<string, number>;
  submitted: number;
  scheduled: number;
  /** Simulated milliseconds from the last fault until nothing moved; null: it still moved when the time was up. */
  restedAfterMs: number | null;
}

/** A Thursday: the third night brings summer time to Europe/Berlin, the fourth the week's end. */
const START = Date.parse("2027-03-25T05:00:00Z");
const TICK_MS = 10 * 60_000;
/** Two months before: what was done then is dropped in the week. */
const BEFORE = Date.parse("2027-01-20T08:00:00Z");
const OLD_JOBS = 40;
/** A renewal is due each tick: all lease times derive from it, as in production from five minutes. */
const LEASE_MS = 30 * TICK_MS;
const ROUND_MS = 60_000;
const ROUNDS = 8;
const TICKS_AN_HOUR = 6;
const TICKS_A_DAY = 24 * TICKS_AN_HOUR;
const CRASH_IN = 250;
const STRIKES_A_TICK = 1 / 8;
const WORKERS = 3;
const SLOTS = 40;
const DOLLAR = 1_000_000;
const HOUR_MS = 3_600_000;
const REST_HOURS = 30;
/** Of the workload's mix, by what its effects cost. */
const MEAN_COST_DOLLARS = 0.013;

/** Lives through so many days, then lets all come to rest. What it opens goes onto the stack. */
export async function liveThrough(options: WeekOptions, stack: AsyncDisposableStack): Promise<LivedWeek> {
  const tally = new Map<string, number>();
  const count = (name: string, by = 1): void => void tally.set(name, (tally.get(name) ?? 0) + by);
  const world = await settleIn(options, stack, count);
  const { db, clock, people, provider, workers, nemesis, workload, duties, dispatcher, office, calm, ticks, luck } =
    world;
  const old = await liveBefore(world);

  for (const [n, tick] of ticks.entries()) {
    if (n % TICKS_A_DAY === 0) options.tell(`${dayOf(clock.now)}: ${workload.submitted} jobs submitted`);
    await workload.tick();
    await nemesis.tick(luck.next() < (options.strikes ?? STRIKES_A_TICK));
    if (n % 3 === 0 && loadAt(tick.hour) > 0.5) await people.answerCards();
    if (n % 3 === 1 && loadAt(tick.hour) > 0.5) await office.look();
    if (n % TICKS_AN_HOUR === 0) await people.tendMoney(provider);
    await live(world, n);
  }
  const answered = await old.again();
  calm();
  dispatcher.weather.doubled = 0;
  await nemesis.rest();
  const restedAfterMs = await comeToRest(world, nemesis, () => people.tendMoney(provider), db);
  for (const worker of workers) await worker.leave();
  await duties.consumeTasks();
  await duties.seal();
  count(
    "calls cut",
    workers.reduce((sum, worker) => sum + worker.db.cut, 0),
  );
  count("keys repeated at the provider", provider.repeats);
  return {
    db,
    bornMs: BEFORE - HOUR_MS,
    startMs: START,
    endMs: clock.now,
    deeds: provider.deeds,
    calls: workload.calls,
    sent: office.sent,
    dryRuns: office.dryRuns,
    old: { ids: old.ids, answered },
    frozen: nemesis.frozen,
    anchorFile: duties.anchorFile,
    seen: await readFeed(db.webUrl),
    tally,
    submitted: workload.submitted,
    scheduled: workload.scheduled.size,
    restedAfterMs,
  };
}

/** An installation with people, caps, workers, what they work on and what goes wrong. */
async function settleIn(options: WeekOptions, stack: AsyncDisposableStack, tally: (name: string, by?: number) => void) {
  const db = await createSimDatabase(options.adminUrl, BEFORE - HOUR_MS);
  stack.defer(() => db.drop());
  const random = (part: number) => seeded(options.seed * 31 + part);
  const clock = new SimClock(db, BEFORE - HOUR_MS);
  await clock.advance(HOUR_MS);
  await configure(db, options);
  const people = await People.hire(db, random(1), tally);
  stack.defer(() => people.leave());
  await setCaps(people, options);
  await options.sabotage?.(db);
  const catalogue = simCatalogue();
  const provider = new RecordingProvider(clock);
  let crashIn: number | null = options.crashIn ?? CRASH_IN;
  const duties = await FleetDuties.start(db.workerUrl, catalogue, LEASE_MS);
  stack.defer(() => duties.close());
  const around = {
    workerUrl: db.workerUrl,
    catalogue,
    clock,
    provider,
    tally,
    crashIn: () => crashIn,
    crashAt: options.crashAt ?? CRASH_POINTS,
  };
  const workers = Array.from(
    { length: WORKERS },
    (_, n) => new SimWorker(`w-${n + 1}`, SLOTS, { ...around, random: random(10 + n) }),
  );
  for (const worker of workers) {
    stack.defer(() => worker.db.end());
    await worker.start();
  }
  const dispatcher = new Dispatcher(random(2), tally);
  const nemesis = new Nemesis({ db, clock, workers, dispatcher, people, random: random(3), leaseMs: LEASE_MS, tally });
  const ticks = ticksOf(options.days);
  const { submitter } = duties;
  const workload = new Workload({
    submitter,
    people: people.approvers,
    clock,
    random: random(4),
    jobs: options.jobs,
    failFactor: options.failFactor ?? 1,
    ticks,
  });
  const office = new Office({ db, clock, people, workload, random: random(6), tally });
  const calm = () => (crashIn = null);
  const fleet = { clock, duties, workers, dispatcher };
  return { ...fleet, db, people, provider, nemesis, workload, office, calm, ticks, luck: random(5) };
}

/** Some work of two months ago, done and sealed, of which only what is kept for ever will be left; then the week begins. */
async function liveBefore(world: Fleet & { people: People; workload: Workload }): Promise<OldJobs> {
  const { clock, people, workload, duties } = world;
  await duties.makePartitions();
  const old = await workload.before(OLD_JOBS);
  for (let n = 0; n < TICKS_AN_HOUR; n++) await live(world, n);
  await duties.seal();
  await people.admin.call("set_retention", JSON.stringify({ months: 1, confirmation: "DROP" }));
  await clock.advance(START - clock.now);
  return old;
}

interface Fleet {
  clock: SimClock;
  duties: FleetDuties;
  workers: readonly SimWorker[];
  dispatcher: Dispatcher;
}

/** One tick of the fleet: leases, admission, and rounds of claim and settle while there is something to do. */
async function live({ clock, duties, workers, dispatcher }: Fleet, n: number): Promise<void> {
  const ends = clock.now + TICK_MS;
  await Promise.all(workers.map((worker) => worker.beat()));
  await duties.tend();
  await duties.admit();
  if (n % TICKS_AN_HOUR === 0) {
    await duties.consumeTasks();
    await duties.seal();
    await duties.makePartitions();
  }
  for (let round = 0; round < ROUNDS; round++) {
    const finished = await Promise.all(workers.map((worker) => worker.finishDue()));
    const begun = await dispatcher.round(workers, round === 0);
    if (begun === 0 && finished.every((some) => some === 0)) break;
    await clock.advance(ROUND_MS);
  }
  await clock.advance(Math.max(1, ends - clock.now));
}

/** Goes on without new work and without faults until nothing moves: past the longest lease, a night and a day's caps. */
async function comeToRest(
  fleet: Fleet,
  nemesis: Nemesis,
  tendMoney: () => Promise<void>,
  db: SimDatabase,
): Promise<number | null> {
  const from = fleet.clock.now;
  for (let n = 0; n * TICK_MS < REST_HOURS * HOUR_MS; n++) {
    await nemesis.tick(false);
    if (n % 3 === 0) await tendMoney();
    await live(fleet, n);
    const [row] = await db.query<{ moving: boolean }>(
      `select exists (select 1 from public.jobs j where j.state in ('submitted', 'running') and not ${PUT_OFF})
         or exists (select 1 from public.jobs j where j.state = 'queued' and (holdpoint.blocked_by(j) is null or holdpoint.blocked_by(j) not like '%:paid%')) as moving`,
    );
    if (row?.moving === false && n > 1) return fleet.clock.now - from;
  }
  return null;
}

function ticksOf(days: number): { hour: number }[] {
  const hours = new Intl.DateTimeFormat("en-GB", { timeZone: FLEET_ZONE, hour: "2-digit", hourCycle: "h23" });
  return Array.from({ length: (days * 24 * HOUR_MS) / TICK_MS }, (_, n) => ({
    hour: Number(hours.format(START + n * TICK_MS)),
  }));
}

/** The installation's settings and ventures: limits that bind at times, by how much work there is. */
async function configure(db: SimDatabase, { jobs, days, firstStarts }: WeekOptions): Promise<void> {
  const anHour = jobs / (days * 24 * VENTURES.length);
  await db.query(
    `update public.settings set time_zone = $1, lease_ms = $2, approval_expires_ms = $3, approval_reminder_ms = $4, venture_concurrency = 24,
       venture_first_starts_per_hour = $5, max_workers = 8`,
    [FLEET_ZONE, LEASE_MS, 30 * HOUR_MS, 6 * HOUR_MS, firstStarts ?? Math.max(20, Math.ceil(anHour * 4))],
  );
  await db.query("update public.limits set max = 24 where kind = 'concurrency'");
  for (const key of VENTURES) {
    await db.query("select holdpoint.insert_venture($1, 'system', 'week')", [JSON.stringify({ key, trusted: true })]);
  }
}

/** Caps that are full on busy days: of some ventures, of the fleet's day and week. */
async function setCaps({ admin }: People, { jobs, days, capFactor = 1 }: WeekOptions): Promise<void> {
  // What all paid jobs of a day cost when none fails and none waits.
  const daily = Math.max(8, Math.round((jobs / days) * MEAN_COST_DOLLARS)) * capFactor;
  const cap = (request: object) => admin.call("set_cap", JSON.stringify(request));
  const dollars = (amount: number) => Math.max(2, Math.round(amount)) * DOLLAR;
  await cap({ period: "day", cap_microusd: dollars(daily * 0.95), threshold_microusd: dollars(daily * 0.85) });
  // From Thursday to Sunday it is full before the week's end.
  await cap({ period: "week", cap_microusd: dollars(daily * Math.min(4, days) * 0.85) });
  for (const [n, venture] of VENTURES.entries()) {
    if (n % 4 === 3) continue;
    const amount = dollars(daily * shareOf(venture) * (0.8 + n * 0.1));
    await cap({ venture, period: "day", cap_microusd: amount, threshold_microusd: amount });
  }
}

async function readFeed(webUrl: string): Promise<SeenEvent[]> {
  const source = createFeedSource(webUrl);
  const seen: SeenEvent[] = [];
  let position = { epoch: 1, xid: 0n, id: 0n, index: 0 };
  for (;;) {
    const events = await source.read(position, 5_000);
    for (const event of events) seen.push({ stream: event.stream, seq: event.seq });
    const last = events.at(-1);
    if (last === undefined) break;
    const cursor = parseCursor(last.cursor);
    if (cursor === null) throw new Error(`not a cursor: ${last.cursor}`);
    position = cursor;
  }
  await source.close();
  return seen;
}
