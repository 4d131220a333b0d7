import type { SimDatabase } from "../clock/sim-database.ts";

const ZONE = "Europe/Berlin";
const HOUR_MS = 3_600_000;

/** The simulated time, which is also the database's. */
export class SimClock {
  readonly #db: SimDatabase;
  #now: number;

  constructor(db: SimDatabase, startMs: number) {
    this.#db = db;
    this.#now = startMs;
  }

  /** Milliseconds since 1970. */
  get now(): number {
    return this.#now;
  }

  async advance(ms: number): Promise<void> {
    this.#now += ms;
    await this.#db.setClock(this.#now);
  }

  /** The hour of the day in the fleet's zone. */
  get hour(): number {
    return Number(HOURS.format(this.#now));
  }
}

const HOURS = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", hourCycle: "h23" });
const DAYS = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE });

/** The fleet's zone in the simulation: it has a change to or from summer time in the week. */
export const FLEET_ZONE = ZONE;

/** The day in the fleet's zone, as 2027-03-28; computed without the database. */
export function dayOf(ms: number): string {
  return DAYS.format(ms);
}

/** The Monday of that day's week. */
export function weekOf(day: string): string {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const sinceMonday = (new Date(noon).getUTCDay() + 6) % 7;
  return new Date(noon - sinceMonday * 24 * HOUR_MS).toISOString().slice(0, 10);
}

/** How much is going on at an hour: little at night, most in the afternoon. */
export function loadAt(hour: number): number {
  return 0.25 + Math.max(0, Math.sin(((hour - 6) / 16) * Math.PI));
}
