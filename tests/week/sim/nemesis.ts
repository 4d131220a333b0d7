import { toHoldpointError } from "@holdpoint/db";
import type { Random } from "../../faults/harness/random.ts";
import type { SimDatabase } from "../clock/sim-database.ts";
import type { SimClock } from "./clock.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { People } from "./people.ts";
import type { SimWorker } from "./worker.ts";
import { VENTURES } from "./workload.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface Victims {
  db: SimDatabase;
  clock: SimClock;
  workers: readonly SimWorker[];
  dispatcher: Dispatcher;
  people: People;
  random: Random;
  leaseMs: number;
  tally: (name: string, by?: number) => void;
}

/** A worker that did nothing for a while and could not hear a stop; the nemesis's own note. */
export interface Frozen {
  workerId: string;
  from: number;
  until: number;
}

type Fault = () => Promise<void>;

/** What goes wrong and what people do to the fleet as a whole, in an order of the seed's, each once before any again. */
export class Nemesis {
  readonly frozen: Frozen[] = [];
  readonly #v: Victims;
  #round: string[] = [];
  /** What is to be undone, and when. */
  #later: { at: number; undo: Fault }[] = [];

  constructor(victims: Victims) {
    this.#v = victims;
  }

  /** Mends what was to last until now, then perhaps strikes. */
  async tick(strikes: boolean): Promise<void> {
    const { clock, dispatcher, workers, random, tally } = this.#v;
    dispatcher.weather.lost = 1;
    const due = this.#later.filter(({ at }) => at <= clock.now);
    this.#later = this.#later.filter(({ at }) => at > clock.now);
    for (const { undo } of due) await undo();
    for (const worker of workers) if (worker.caller === null) await worker.start();
    if (!strikes) return;
    const faults = this.#faults();
    if (this.#round.length === 0) this.#round = shuffled(Object.keys(faults), random);
    const name = this.#round.pop() ?? "";
    tally(`fault: ${name}`);
    await faults[name]?.();
  }

  /** Undoes all that still holds: the week is over. */
  async rest(): Promise<void> {
    for (const { undo } of this.#later.splice(0)) await undo();
    for (const worker of this.#v.workers) worker.frozenUntil = 0;
  }

  #faults(): Record<string, Fault> {
    const { workers, random, leaseMs, db, dispatcher } = this.#v;
    const one = () => random.pick(workers);
    return {
      "kill a process": async () => one().die("stays"),
      "lose a machine": async () => one().die("goes"),
      "freeze a worker past its lease": async () => this.#freeze(one(), leaseMs * 1.3),
      "freeze a worker for a while": async () => this.#freeze(one(), 20 * MINUTE),
      "cut calls": async () => {
        const cuts = Array.from({ length: 6 }, () => (random.next() < 0.5 ? ("before" as const) : ("after" as const)));
        one().db.cutNext(...cuts);
      },
      "break all connections": async () => {
        await db.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'week %' and state = 'idle'",
        );
      },
      "lose most hints": async () => void (dispatcher.weather.lost = 60),
      "repeat old hints": () => this.#repeatHints(),
      "stop everything": () => this.#stop("everything", ""),
      "stop one venture": () => this.#stop("venture", random.pick(VENTURES)),
      "stop one type": () => this.#stop("type", random.pick(["scan", "ask", "post"])),
      "stop paid work": () => this.#stop("paid", ""),
      "stop outside effects": () => this.#stop("effects", ""),
      "pause a part": () => this.#pause(),
      "drain a worker, then replace it": async () => {
        const worker = one();
        await this.#byAdmin("drain_worker", worker.name, "a new machine");
        this.#in(30 * MINUTE, () => worker.leave());
      },
      "kill a worker as an admin": async () => {
        await this.#byAdmin("kill_worker", one().name, "it hangs", "KILL");
      },
      "activate a policy": () => this.#activatePolicy(),
      "override a cap": () => this.#overrideCap(),
      "cancel some jobs": () => this.#cancelSome(),
    };
  }

  async #freeze(worker: SimWorker, ms: number): Promise<void> {
    const { clock } = this.#v;
    if (worker.caller === null) return;
    worker.frozenUntil = clock.now + ms;
    this.frozen.push({ workerId: worker.caller.id, from: clock.now, until: worker.frozenUntil });
  }

  async #repeatHints(): Promise<void> {
    const { db, workers, random } = this.#v;
    const rows = await db.query<{ id: string; dispatch_no: number; lane: string }>(
      `select id, dispatch_no, holdpoint.lane_of_queue(queue) as lane from public.jobs
       where state in ('queued', 'running', 'succeeded', 'quarantined') order by updated_at desc limit 60`,
    );
    for (const lane of ["build", "eval"]) {
      const hints = rows
        .filter((row) => row.lane === lane)
        .map((row) => ({ jobId: row.id, dispatchNo: row.dispatch_no - random.between(0, 1) }));
      const worker = random.pick(workers);
      await worker.claim(lane, hints.slice(0, worker.free));
    }
  }

  async #stop(scope: string, key: string): Promise<void> {
    const { people, workers, random, tally } = this.#v;
    const approver = random.pick(people.approvers);
    const { id } = await approver.call<{ id: string }>("engage_stop", scope, key, "the week");
    await approver.call("confirm_stop", id);
    // Workers that are well hear of it at once, and abort.
    for (const worker of workers) {
      await worker.beat();
      await worker.finishDue();
    }
    this.#in(random.between(10, 240) * MINUTE, async () => {
      const refused = await approver.call("lift_stop", id, "LIFT").then(
        () => null,
        (error: unknown) => toHoldpointError(error).code,
      );
      if (refused !== "forbidden") throw new Error(`an approver lifted a stop, or: ${refused}`);
      tally("refused for the role");
      await people.admin.call("lift_stop", id, "LIFT");
      tally("stops lifted");
    });
  }

  async #pause(): Promise<void> {
    const { random } = this.#v;
    const [scope, key] = random.pick([
      ["queue", "job"],
      ["lane", "eval"],
      ["venture", "birch"],
      ["type", "index"],
    ] as const);
    if (!(await this.#byAdmin("pause_work", scope, key, "the week"))) return;
    this.#in(random.between(10, 90) * MINUTE, async () => void (await this.#byAdmin("resume_work", scope, key)));
  }

  async #activatePolicy(): Promise<void> {
    const { db, random } = this.#v;
    const [row] = await db.query<{ v: number }>("select policy_version as v from public.settings");
    const over = row?.v ?? 1;
    const document = random.pick(POLICIES);
    const source = `# after ${over}\n${JSON.stringify(document)}\n`;
    await this.#byAdmin("activate_policy", JSON.stringify({ over, source, document }));
  }

  async #overrideCap(): Promise<void> {
    const { clock, random } = this.#v;
    const request = {
      venture: random.pick(VENTURES),
      period: "day",
      cap_microusd: random.between(6, 60) * 1_000_000,
      until: new Date(clock.now + random.between(1, 30) * HOUR).toISOString(),
    };
    await this.#byAdmin("override_cap", JSON.stringify(request));
  }

  async #cancelSome(): Promise<void> {
    const { db, people, random } = this.#v;
    const rows = await db.query<{ id: string }>(
      "select id from public.jobs where state in ('queued', 'running', 'held') order by updated_at desc limit 5",
    );
    for (const { id } of rows)
      await this.#refusable(() => random.pick(people.approvers).call("cancel_job", id, "not wanted"));
  }

  async #byAdmin(fn: string, ...args: unknown[]): Promise<boolean> {
    return this.#refusable(() => this.#v.people.admin.call(fn, ...args));
  }

  /** A refusal (paused already, below what is committed) is an answer. */
  async #refusable(call: () => Promise<unknown>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      const { code, reason } = toHoldpointError(error);
      if (code === "internal" || code === "unavailable" || code === "forbidden") throw error;
      this.#v.tally(`refused acts: ${reason}`);
      return false;
    }
  }

  #in(ms: number, undo: Fault): void {
    this.#later.push({ at: this.#v.clock.now + ms, undo });
  }
}

/** All are sound; each asks for something else, so that what was decided before is decided again. */
const POLICIES = [
  { format: 1, rules: [{ name: "two_for_campaigns", when: { effects: ["contact"] }, approve: { people: 2 } }] },
  { format: 1, rules: [{ name: "renders_are_looked_at", when: { type: "render" }, approve: {} }] },
  { format: 1, rules: [{ name: "no_big_ones", when: { ceiling_over: 25 }, refuse: true as const }] },
  { format: 1, rules: [] },
] as const;

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  const result: T[] = [];
  while (left.length > 0) result.push(...left.splice(random.between(0, left.length - 1), 1));
  return result;
}
