import { setTimeout as after } from "node:timers/promises";
import type pg from "pg";
import { startMoodyProvider, type MoodyProvider } from "../../../apps/worker/test/provider/moody-provider.ts";
import type { Operator } from "./operator.ts";
import type { Random } from "./random.ts";
import { VENTURES } from "./workload.ts";

/** What all ventures together may start of jobs that call it. */
export const RATE = { max: 12, perMs: 2_000 };
const BURST = 10;

/** An outside API with moods, and the ventures that call it in bursts. */
export class Outside {
  readonly #provider: MoodyProvider;
  #calm = false;
  #closed = false;
  readonly #calling: Promise<void>;
  readonly #hurrying: Promise<void>;

  private constructor(provider: MoodyProvider, operator: Operator, owner: pg.Pool, random: Random) {
    this.#provider = provider;
    this.#calling = this.#change(operator, owner, random);
    this.#hurrying = this.#hurryOn(owner);
  }

  static async open(operator: Operator, owner: pg.Pool, random: Random): Promise<Outside> {
    await owner.query(
      "insert into public.limits (scope, key, kind, venture, max, per_ms) values ('provider', 'mapmaker', 'rate', 'fleet', $1, $2)",
      [RATE.max, RATE.perMs],
    );
    return new Outside(await startMoodyProvider(), operator, owner, random);
  }

  /** Calls that it answered so. */
  answered(status: number): number {
    return this.#provider.calls.filter((call) => call.status === status).length;
  }

  /** From now on it is well, and nobody asks for more. */
  async calm(): Promise<void> {
    this.#calm = true;
    await this.#calling;
    this.#provider.mood = { kind: "well" };
  }

  async close(): Promise<void> {
    await this.calm();
    this.#closed = true;
    await this.#hurrying;
    await this.#provider.close();
  }

  async #change(operator: Operator, owner: pg.Pool, random: Random): Promise<void> {
    const moods = [
      () => ({ kind: "well" as const }),
      () => ({ kind: "limits" as const, left: random.between(0, 3), retryAfterS: 3 }),
      () => ({ kind: "down" as const }),
    ];
    for (let n = 0; !this.#calm; n++) {
      this.#provider.mood = moods[n % moods.length]?.() ?? { kind: "well" };
      // What went well before an outage would be outweighed only after a minute.
      if (this.#provider.mood.kind === "down") {
        await tolerant(owner, "update holdpoint.providers set since = since - interval '1 minute'");
      }
      for (let burst = 0; burst < BURST && !this.#calm; burst++) {
        await operator.submit("fault_caller", random.pick(VENTURES), { url: this.#provider.url }, null);
      }
      await after(random.between(2_000, 5_000));
    }
  }

  /** Half a minute or more between two trials would be most of a run: a second. Never while a trial runs: its own block. */
  async #hurryOn(owner: pg.Pool): Promise<void> {
    while (!this.#closed) {
      await after(250);
      await tolerant(
        owner,
        `do $$ begin
           perform 1 from holdpoint.providers for update;
           update public.blocks b set wake_at = least(b.wake_at, clock_timestamp() + interval '1 second')
           where b.scope = 'provider' and b.kind = 'provider_down' and exists (select 1 from holdpoint.providers p where p.name = b.key and p.trial_job is null);
         end $$`,
      );
    }
  }
}

async function tolerant(owner: pg.Pool, sql: string): Promise<void> {
  try {
    await owner.query(sql);
  } catch {
    // The database is being restarted: the next time does it.
  }
}
