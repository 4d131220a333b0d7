import { TrustedSubmitter } from "../../../apps/worker/src/duties/admission/submit-trusted.ts";
import type { RecordedCall } from "../../faults/checker/history.ts";
import type { Random } from "../../faults/harness/random.ts";
import type { Person } from "../../machine/support/person.ts";
import { loadAt, type SimClock } from "./clock.ts";
import { again } from "./faulty-database.ts";
import type { Failure, SimPayload, TypeName } from "./types.ts";

export const VENTURES = ["acorn", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel"] as const;
/** A third of the work comes from one venture: its flood must not starve the others. */
const BUSIEST = VENTURES[0];
const BUSIEST_SHARE = 0.25;

/** Which part of the work is a venture's. */
export function shareOf(venture: string): number {
  return (venture === BUSIEST ? BUSIEST_SHARE : 0) + (1 - BUSIEST_SHARE) / VENTURES.length;
}

/** How often each type is submitted, of a hundred; how long a run takes, in seconds. */
const MIX: readonly (readonly [type: TypeName, share: number, seconds: readonly [number, number]])[] = [
  ["scan", 60, [2, 15]],
  ["index", 9, [60, 1_200]],
  ["crunch", 1, [600, 6_000]],
  ["report", 15, [5, 30]],
  ["ask", 10, [3, 20]],
  ["render", 2, [120, 600]],
  ["campaign", 1, [10, 60]],
  ["post", 2, [10, 60]],
  ["review", 1, [10, 60]],
  ["sync", 1, [60, 900]],
  ["preview", 1, [60, 900]],
  ["backup", 1, [60, 900]],
  ["deploy", 1, [60, 900]],
];

/** Of a thousand jobs so many fail by this class. */
const FAILING: readonly (readonly [as: Failure, perMille: number, times: number])[] = [
  ["transient", 30, 5],
  ["timeout", 5, 3],
  ["bad_input", 7, 1],
  ["bug", 5, 3],
  ["budget", 2, 1],
  ["unsafe", 3, 1],
];

const KEYED: ReadonlySet<TypeName> = new Set(["sync", "preview", "backup", "deploy"]);
const POISON_PER_100_000 = 40;
const BURSTS_A_TICK = 3;

/** Always the same, so that its plan is. */
const DIGEST: SimPayload = { n: 0, ms: 5_000, fails: null, unsafe: false, poison: false, forgets: false };

export interface OldJobs {
  readonly ids: readonly string[];
  /** Submits all of them once more, and answers the ids. */
  readonly again: () => Promise<readonly string[]>;
}

export interface WorkloadParts {
  submitter: TrustedSubmitter;
  people: readonly Person[];
  clock: SimClock;
  random: Random;
  jobs: number;
  failFactor: number;
  /** When each tick begins, for the week's whole load. */
  ticks: readonly { hour: number }[];
}

/** What is submitted in a week: by the fleet in bursts, by schedules with a key per tick, by people one by one. */
export class Workload {
  readonly calls: RecordedCall[] = [];
  /** Keys of scheduled ticks: each may have made one job. */
  readonly scheduled = new Set<string>();
  submitted = 0;
  #poisons: number;
  #owed = 0;
  #n = 0;
  readonly #perWeight: number;
  readonly #parts: WorkloadParts;

  constructor(parts: WorkloadParts) {
    this.#parts = parts;
    this.#poisons = Math.max(2, Math.round((parts.jobs * POISON_PER_100_000) / 100_000));
    this.#perWeight = parts.jobs / parts.ticks.reduce((sum, { hour }) => sum + loadAt(hour), 0);
  }

  async tick(): Promise<void> {
    const { clock, random } = this.#parts;
    this.#owed += loadAt(clock.hour) * this.#perWeight;
    if (new Date(clock.now).getUTCMinutes() < 10) await this.#schedule();
    if (this.#owed >= 1 && random.next() < 0.3) await this.#byAPerson();
    for (let burst = BURSTS_A_TICK; burst > 0 && this.#owed >= 1; burst--) {
      await this.#burst(Math.max(1, Math.min(Math.floor(this.#owed), Math.ceil(this.#owed / burst))));
    }
  }

  async #burst(count: number): Promise<void> {
    const { submitter, random } = this.#parts;
    const type = this.#type();
    const venture = this.#venture();
    const keyed = random.next() < 0.3;
    const payloads = Array.from({ length: count }, () => this.#payload(type));
    const submission = {
      venture,
      type,
      payloads,
      ...(keyed && { keys: payloads.map(({ n }) => `key-${n}`) }),
      urgent: random.next() < 0.03,
    };
    this.#note(await again(() => submitter.submit(submission)), count);
    // A client that did not hear the answer asks again, and must not make second jobs.
    if (keyed && random.next() < 0.2) this.#note(await again(() => submitter.submit(submission)), 0);
  }

  async #schedule(): Promise<void> {
    const { submitter, clock, random } = this.#parts;
    const hour = new Date(Math.floor(clock.now / 3_600_000) * 3_600_000).toISOString();
    for (const venture of VENTURES.slice(0, 2)) {
      const key = `schedule:hourly-${venture}:${hour}`;
      const submission = { venture, type: "report", payloads: [this.#payload("report")], keys: [key] };
      const fresh = this.scheduled.has(key) ? 0 : 1;
      this.scheduled.add(key);
      this.#note(await again(() => submitter.submit(submission)), fresh);
      if (random.next() < 0.1) this.#note(await again(() => submitter.submit(submission)), 0);
      const digest = { venture, type: "digest", payloads: [DIGEST], keys: [`digest-${venture}:${hour}`] };
      if (fresh === 1) this.#note(await again(() => submitter.submit(digest)), 1);
    }
  }

  /** Jobs of a time before the week, each with a key: they will have been dropped when the key comes again. */
  async before(count: number): Promise<OldJobs> {
    const { submitter } = this.#parts;
    const payloads = Array.from({ length: count }, () => ({ ...this.#payload("scan"), fails: null, poison: false }));
    const submission = { venture: VENTURES[1], type: "scan", payloads, keys: payloads.map(({ n }) => `old-${n}`) };
    const ids = await submitter.submit(submission);
    return { ids, again: () => again(() => submitter.submit(submission)) };
  }

  /** Jobs that people made otherwise: replays. */
  made(jobId: string): void {
    this.#note([jobId], 1);
    this.#owed += 1;
  }

  async #byAPerson(): Promise<void> {
    const { people, random } = this.#parts;
    const type = this.#type();
    const request = { type, venture: this.#venture(), payload: this.#payload(type), key: `by-hand-${this.#n}` };
    const { id } = await random.pick(people).call<{ id: string }>("submit_job", JSON.stringify(request));
    this.#note([id], 1);
  }

  #note(ids: readonly string[], fresh: number): void {
    for (const jobId of ids) this.calls.push({ verb: "submit", outcome: "ok", jobId });
    this.submitted += fresh;
    this.#owed -= fresh;
  }

  #venture(): string {
    const { random } = this.#parts;
    return random.next() < BUSIEST_SHARE ? BUSIEST : random.pick(VENTURES);
  }

  #type(): TypeName {
    let left = this.#parts.random.between(
      1,
      MIX.reduce((sum, [, share]) => sum + share, 0),
    );
    for (const [type, share] of MIX) if ((left -= share) <= 0) return type;
    return "scan";
  }

  #payload(type: TypeName): SimPayload {
    const { random } = this.#parts;
    const [, , [least, most]] = MIX.find(([name]) => name === type) ?? ["scan", 0, [1, 10]];
    const poison = this.#poisons > 0 && type === "scan" && random.next() < 0.002;
    if (poison) this.#poisons--;
    return {
      n: ++this.#n,
      ms: random.between(least * 1_000, most * 1_000),
      fails: this.#failure(),
      unsafe: type === "post" && random.next() < 0.1,
      poison,
      forgets: random.next() < 0.4,
      ...(KEYED.has(type) && { key: random.pick(["north", "south"]) }),
      ...(type === "review" && {
        parks: { sleepMs: random.between(1, 240) * 60_000, waitMs: random.between(60, 480) * 60_000 },
      }),
    };
  }

  #failure(): SimPayload["fails"] {
    const { random, failFactor } = this.#parts;
    let left = random.between(1, 1_000) / failFactor;
    for (const [as, perMille, most] of FAILING) {
      left -= perMille;
      if (left <= 0) return { as, times: random.between(1, most) };
    }
    return null;
  }
}
