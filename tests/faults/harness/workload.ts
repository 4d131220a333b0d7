import { setTimeout as after } from "node:timers/promises";
import type pg from "pg";
import type { RecordingProvider } from "../../../apps/worker/test/provider/recording-provider.ts";
import { drawJob, WAYS } from "./kinds.ts";
import { tendMoney } from "./money.ts";
import type { Operator } from "./operator.ts";
import type { Random } from "./random.ts";

export const VENTURES = ["acme", "beta", "gamma"];

/** What people do all day: submit work of each kind, paid work too, approve and reject some, cancel some, release what failed. */
export class Workload {
  #closed = false;
  readonly #loops: Promise<void>[];
  submitted = 0;

  constructor(operator: Operator, owner: pg.Pool, random: Random, provider: RecordingProvider) {
    this.#loops = [
      this.#submit(operator, random, provider.url),
      this.#decide(operator, owner, random),
      this.#recover(operator, owner, random),
      this.#tend(operator, owner, provider),
      this.#send(operator, owner, random),
    ];
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#loops);
  }

  async #tend(operator: Operator, owner: pg.Pool, provider: RecordingProvider): Promise<void> {
    while (!this.#closed) {
      await after(500);
      await tendMoney(operator, owner, new Set(provider.did.map(({ key }) => key)));
    }
  }

  /** Signals to jobs that run, wait or sleep: now and then twice, since the answer was lost, and more than it waits for. */
  async #send(operator: Operator, owner: pg.Pool, random: Random): Promise<void> {
    for (let no = 0; !this.#closed; no++) {
      await after(random.between(100, 300));
      for (const id of await waitingForSignals(owner)) {
        await operator.send(id, "go", `go-${no}-${id}`);
        if (random.next() < 0.2) await operator.send(id, "go", `go-${no}-${id}`);
      }
    }
  }

  async #submit(operator: Operator, random: Random, url: string): Promise<void> {
    while (!this.#closed) {
      const venture = random.pick(VENTURES);
      const key = random.next() < 0.3 ? `key-${this.submitted}` : null;
      const { type, payload, more } = drawJob(random, url);
      const first = await operator.submit(type, venture, payload, key, more);
      this.submitted += 1;
      // A client that did not hear asks again with its key, and must not make a second job.
      if (key !== null && random.next() < 0.5) await operator.submit(type, venture, payload, key, more);
      if (typeof first?.["id"] === "string" && random.next() < 0.08) await operator.cancel(first["id"]);
      await after(random.between(20, 110));
    }
  }

  /** Many at once, edits and replays, while others decide the same jobs one by one. */
  async #recover(operator: Operator, owner: pg.Pool, random: Random): Promise<void> {
    while (!this.#closed) {
      await after(random.between(500, 1_500));
      const kind = random.next();
      if (kind < 0.5) {
        const filter = random.next() < 0.5 ? { venture: random.pick(VENTURES) } : { class: random.pick(WAYS) };
        const id = await operator.bulk(random.next() < 0.5 ? "release" : "discard", filter);
        if (id !== null && random.next() < 0.3) await operator.stopBulk(id);
        continue;
      }
      const job = (await waiting(owner)).find((one) => !one.held);
      if (job === undefined) continue;
      if (kind < 0.75) await operator.resubmit(job.id, { how: "not" });
      else await operator.replay(job.id, { dry_run: random.next() < 0.5, payload: { how: "not" } });
    }
  }

  async #decide(operator: Operator, owner: pg.Pool, random: Random): Promise<void> {
    while (!this.#closed) {
      await after(random.between(200, 600));
      for (const job of await waiting(owner)) {
        const verb = job.held
          ? random.next() < 0.8
            ? "approve"
            : "reject"
          : random.next() < 0.5
            ? "release"
            : "discard";
        await operator.decide(job.id, verb, job.held ? job.hash : null);
        if (verb === "approve" && random.next() < 0.2) await operator.decide(job.id, "undo", null);
      }
    }
  }
}

interface Waiting {
  id: string;
  held: boolean;
  hash: string;
}

async function waiting(owner: pg.Pool): Promise<Waiting[]> {
  try {
    const { rows } = await owner.query<Waiting>(
      `select id, state = 'held' as held, encode((holdpoint.asked(j)).plan_hash, 'hex') as hash from public.jobs j
       where state in ('held', 'dead', 'quarantined') order by random() limit 5`,
    );
    return rows;
  } catch {
    // The database is being restarted: an operator whose page does not load looks again later.
    return [];
  }
}

async function waitingForSignals(owner: pg.Pool): Promise<string[]> {
  try {
    const { rows } = await owner.query<{ id: string }>(
      "select id from public.jobs where type = 'fault_waits' and state in ('queued', 'running') order by random() limit 2",
    );
    return rows.map((row) => row.id);
  } catch {
    // The database is being restarted.
    return [];
  }
}
