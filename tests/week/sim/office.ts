import { randomUUID } from "node:crypto";
import { toHoldpointError } from "@holdpoint/db";
import type { Random } from "../../faults/harness/random.ts";
import type { Person } from "../../machine/support/person.ts";
import type { SimDatabase } from "../clock/sim-database.ts";
import type { SimClock } from "./clock.ts";
import type { People } from "./people.ts";
import type { Workload } from "./workload.ts";

const HOUR_MS = 3_600_000;

export interface OfficeParts {
  db: SimDatabase;
  clock: SimClock;
  people: People;
  workload: Workload;
  random: Random;
  tally: (name: string, by?: number) => void;
}

/** What people do beside answering cards: signals, replays, decisions on many at once, standing approvals. */
export class Office {
  /** Ids of signals whose sending was acknowledged. */
  readonly sent: string[] = [];
  /** Replays that were asked only to look. */
  readonly dryRuns: string[] = [];
  readonly #parts: OfficeParts;
  #signals = 0;
  /** Previewed, to be started at the next look: what breaks in between is not part of it. */
  #previewed: { verb: "release" | "discard"; filter: object; asOf: string } | null = null;

  constructor(parts: OfficeParts) {
    this.#parts = parts;
  }

  /** Looks at the fleet once. */
  async look(): Promise<void> {
    await this.#sendSignals();
    await this.#decideMany();
    if (this.#parts.random.next() < 0.3) await this.#replay();
    await this.#standFor();
  }

  /** To jobs that wait, sleep or run; some twice, since the answer was lost, and more than they wait for. */
  async #sendSignals(): Promise<void> {
    const rows = await this.#parts.db.query<{ id: string }>(
      "select id from public.jobs where type = 'review' and state in ('queued', 'running') order by md5(id::text || $1::text) limit 6",
      [this.#signals],
    );
    for (const { id } of rows) {
      const signal = `go-${++this.#signals}`;
      const person = this.#someone();
      const once = () => this.#try(person, "send_signal", id, "go", "null", signal);
      if ((await once()) === null) continue;
      this.sent.push(signal);
      if (this.#parts.random.next() < 0.2) await once();
    }
  }

  async #decideMany(): Promise<void> {
    const { random } = this.#parts;
    if (this.#previewed !== null) {
      const { verb, filter, asOf } = this.#previewed;
      this.#previewed = null;
      const id = randomUUID();
      const request = { id, verb, reason: "the week", filter, as_of: asOf, per_minute: 60_000 };
      const person = this.#someone();
      const start = () => this.#try(person, "start_bulk", JSON.stringify(request));
      await start();
      // The same call again starts nothing twice.
      if (random.next() < 0.5) await start();
      if (random.next() < 0.2) await this.#try(person, "stop_bulk", id);
      return;
    }
    if (random.next() > 0.3) return;
    const filter = { class: random.pick(["transient", "timeout", "budget"]) };
    const preview = await this.#try<{ as_of: string }>(this.#someone(), "preview_bulk", JSON.stringify({ filter }));
    if (preview === null) return;
    this.#previewed = { verb: random.next() < 0.5 ? "release" : "discard", filter, asOf: preview.as_of };
  }

  /** Mostly of work that does something outside: half of the replays only look what they would do. */
  async #replay(): Promise<void> {
    const { db, random, workload } = this.#parts;
    const [job] = await db.query<{ id: string }>(
      `select j.id from public.jobs j where j.state = 'succeeded' and j.type in ('ask', 'post', 'scan', 'digest') and not exists (select 1 from public.job_links l where l.job_id = j.id)
       order by (j.type = 'scan'), j.updated_at desc limit 1`,
    );
    if (job === undefined) return;
    const dry = random.next() < 0.5;
    const made = await this.#try<{ id: string }>(
      this.#someone(),
      "replay_job",
      job.id,
      JSON.stringify({ dry_run: dry }),
    );
    if (made === null) return;
    workload.made(made.id);
    if (dry) this.dryRuns.push(made.id);
  }

  /** A digest that waits shows that none stands for its plan: the next ones need not wait. Some are ended early. */
  async #standFor(): Promise<void> {
    const { db, clock, random } = this.#parts;
    const [held] = await db.query<{ id: string; hash: string }>(
      `select j.id, encode(j.plan_hash, 'hex') as hash from public.jobs j
       where j.type = 'digest' and j.state = 'held' and j.held_for = 'approval'
         and not exists (select 1 from public.standing_approvals s where s.plan_hash = j.plan_hash and s.ended_at is null and s.until > $1) limit 1`,
      [new Date(clock.now).toISOString()],
    );
    if (held !== undefined) {
      const until = new Date(clock.now + random.between(3, 12) * HOUR_MS).toISOString();
      const request = { plan_hash: held.hash, until, max_uses: random.between(2, 6), reason: "the same each hour" };
      await this.#try(this.#someone(), "add_standing", held.id, JSON.stringify(request));
    }
    if (random.next() > 0.05) return;
    const [standing] = await db.query<{ id: string }>(
      "select id from public.standing_approvals where ended_at is null order by made_at limit 1",
    );
    if (standing !== undefined) await this.#try(this.#someone(), "end_standing", standing.id, "no longer");
  }

  #someone(): Person {
    return this.#parts.random.pick(this.#parts.people.approvers);
  }

  /** Null: refused, which is an answer. */
  async #try<T = unknown>(person: Person, fn: string, ...args: unknown[]): Promise<T | null> {
    const { tally } = this.#parts;
    try {
      const answer = await person.call<T>(fn, ...args);
      tally(`did: ${fn}`);
      return answer;
    } catch (error) {
      const { code, reason } = toHoldpointError(error);
      if (code === "internal" || code === "unavailable" || code === "forbidden") throw error;
      tally(`refused acts: ${reason}`);
      return null;
    }
  }
}
