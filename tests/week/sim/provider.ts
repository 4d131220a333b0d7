import type { SimClock } from "./clock.ts";

export interface Deed {
  readonly key: string;
  readonly jobId: string;
  readonly type: string;
  readonly unsafe: boolean;
  readonly at: number;
  readonly id: string;
}

/** How long it tells a repeated key. */
export const REMEMBERS_MS = 24 * 3_600_000;

/** What is outside: it does what it is asked, keeps its own record, and knows a repeated key for a day, or (forgets) never. */
export class RecordingProvider {
  readonly deeds: Deed[] = [];
  readonly #latest = new Map<string, Deed>();
  readonly #clock: SimClock;
  /** Calls that were repeats of a key it still knew. */
  repeats = 0;

  constructor(clock: SimClock) {
    this.#clock = clock;
  }

  do(what: Omit<Deed, "at" | "id">, forgets: boolean): Deed {
    const known = this.#latest.get(what.key);
    if (known !== undefined && !forgets && this.#clock.now - known.at < REMEMBERS_MS) {
      this.repeats++;
      return known;
    }
    const deed = { ...what, at: this.#clock.now, id: `deed-${this.deeds.length + 1}` };
    this.deeds.push(deed);
    this.#latest.set(what.key, deed);
    return deed;
  }

  find(key: string): Deed | null {
    return this.#latest.get(key) ?? null;
  }
}
