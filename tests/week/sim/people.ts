import { toHoldpointError } from "@holdpoint/db";
import type { Random } from "../../faults/harness/random.ts";
import { signInAs, type Person } from "../../machine/support/person.ts";
import type { SimDatabase } from "../clock/sim-database.ts";
import type { RecordingProvider } from "./provider.ts";

interface Waiting extends Record<string, unknown> {
  id: string;
  state: "held" | "dead" | "quarantined";
  hash: string;
  risky: boolean;
}

const AT_ONCE = 40;

/** Operators who answer some cards soon, some late and some never, at daytime; and an admin who minds the money. */
export class People {
  readonly admin: Person;
  readonly approvers: readonly Person[];
  readonly viewer: Person;
  readonly #db: SimDatabase;
  readonly #random: Random;
  readonly #tally: (name: string, by?: number) => void;
  /** Cards that they will never answer. */
  readonly #ignored = new Set<string>();

  private constructor(
    db: SimDatabase,
    random: Random,
    tally: (name: string, by?: number) => void,
    persons: { admin: Person; approvers: readonly Person[]; viewer: Person },
  ) {
    this.#db = db;
    this.#random = random;
    this.#tally = tally;
    this.admin = persons.admin;
    this.approvers = persons.approvers;
    this.viewer = persons.viewer;
  }

  static async hire(db: SimDatabase, random: Random, tally: (name: string, by?: number) => void): Promise<People> {
    const admin = await signInAs(db, "admin");
    const approvers = [await signInAs(db, "approver"), await signInAs(db, "approver")];
    const viewer = await signInAs(db, "viewer");
    return new People(db, random, tally, { admin, approvers, viewer });
  }

  async leave(): Promise<void> {
    for (const person of [this.admin, ...this.approvers, this.viewer]) await person.close();
  }

  /** Looks at the inbox once. */
  async answerCards(): Promise<void> {
    const waiting = await this.#db.query<Waiting>(
      `select j.id, j.state::text as state, encode((holdpoint.asked(j)).plan_hash, 'hex') as hash,
         (j.payload ->> 'unsafe')::boolean or (j.payload ->> 'poison')::boolean or coalesce(j.payload #>> '{fails,as}' = 'unsafe', false) as risky
       from public.jobs j where j.state in ('held', 'dead', 'quarantined') and j.id <> all ($1::uuid[]) order by j.held_until nulls last, j.id limit $2`,
      [[...this.#ignored], AT_ONCE],
    );
    for (const card of waiting) await this.#answer(card);
    await this.#tryWhatIsNotTheirs(waiting[0]);
  }

  async #answer(card: Waiting): Promise<void> {
    const luck = this.#random.next();
    if (luck < 0.22) {
      this.#ignored.add(card.id);
      return;
    }
    // Later, perhaps.
    if (luck < 0.45) return;
    const person = this.#random.pick(this.approvers);
    const verb =
      card.state === "held" ? (luck < 0.92 ? "approve" : "reject") : luck < 0.7 && !card.risky ? "release" : "discard";
    const answer = await this.decide(person, card, verb);
    if (answer === null) this.#ignored.add(card.id);
    else if (answer.missing !== null) await this.decide(this.#other(person), card, verb);
    else if (verb === "approve" && this.#random.next() < 0.03) await this.decide(person, card, "undo");
    // What comes back to the inbox (past a cap, say) is not approved for ever.
    if (this.#random.next() < 0.5) this.#ignored.add(card.id);
  }

  /** The answer; null when it was refused. After a run of quick ones the details are opened first, as asked. */
  async decide(person: Person, card: Waiting, verb: string): Promise<{ missing: string | null } | null> {
    const hash = verb === "approve" || verb === "reject" ? card.hash : null;
    const once = (seen: string | null) =>
      person.call<{ missing: string | null }>("decide", card.id, verb, hash, "the week", null, seen, null);
    try {
      const answer = await once(null).catch(async (error: unknown) => {
        if (toHoldpointError(error).reason !== "details_not_opened") throw error;
        const { plan_hash } = await person.call<{ plan_hash: string }>("open_details", card.id);
        this.#tally("details opened first");
        return once(plan_hash);
      });
      this.#tally(`decided: ${verb}`);
      return answer;
    } catch (error) {
      const problem = toHoldpointError(error);
      if (problem.code === "internal" || problem.code === "unavailable") throw error;
      this.#tally(`refused decisions: ${problem.reason}`);
      return null;
    }
  }

  /** A viewer approves, an approver lifts and sets caps: each is refused. */
  async #tryWhatIsNotTheirs(card: Waiting | undefined): Promise<void> {
    if (this.#random.next() > 0.1) return;
    const approver = this.#random.pick(this.approvers);
    const tries: Promise<unknown>[] = [
      approver.call("set_cap", JSON.stringify({ period: "day", cap_microusd: 1_000_000_000 })),
    ];
    if (card !== undefined) tries.push(this.viewer.call("decide", card.id, "approve", card.hash));
    for (const tried of await Promise.allSettled(tries)) {
      if (tried.status === "fulfilled") throw new Error("somebody did what their role does not allow");
      if (toHoldpointError(tried.reason).code !== "forbidden") throw tried.reason;
      this.#tally("refused for the role");
    }
  }

  #other(person: Person): Person {
    return this.approvers.find((one) => one !== person) ?? this.admin;
  }

  /** An admin says how open effects of ended work ended, by the provider's record, and clears overruns. */
  async tendMoney(provider: RecordingProvider): Promise<void> {
    const open = await this.#db.query<{ id: string; key: string }>(
      `select e.job_id as id, e.key from public.effects e join public.jobs j on j.id = e.job_id
       where e.settled_at is null and (j.ended_at is not null or j.state in ('dead', 'quarantined')) limit 20`,
    );
    for (const { id, key } of open) {
      const happened = provider.find(`holdpoint:${id}:${key}`) !== null;
      await this.admin.call("correct_authorisation", id, key, happened, "the provider says so");
      this.#tally("authorisations corrected");
    }
    const overruns = await this.#db.query<{ key: string }>("select key from public.blocks where kind = 'overrun'");
    for (const { key } of overruns) {
      await this.admin.call("clear_overrun", key, "the bill was looked at");
      this.#tally("overruns cleared");
    }
  }
}
