import { amountOf, endsRun } from "./pack-events.ts";
import type { PackEvent } from "./pack-events.ts";

/** An entry of the ledger as an event makes it: what each account changes; the budget is the rest, so that it sums to zero. */
export interface Entry {
  run: number;
  reason: string;
  lines: Record<string, number>;
}

interface OpenEffect {
  run: number;
  max: number;
  open: boolean;
}

/** The ledger that the events of a job make: the rules of docs/money.md, said once more without the database. */
export function eventLedger(events: readonly PackEvent[]): Entry[] {
  const book = new Book();
  for (const event of events) book.take(event);
  return book.entries;
}

class Book {
  readonly entries: Entry[] = [];
  /** What is left of the reservation of each open run. */
  readonly #left = new Map<number, number>();
  readonly #effects = new Map<string, OpenEffect>();
  readonly #runOfToken = new Map<number, number>();

  take(event: PackEvent): void {
    if (event.type === "running") this.#claim(event);
    else if (event.type === "effect.intent") this.#intent(event);
    else if (["effect.done", "effect.not_done", "effect.corrected"].includes(event.type)) this.#settleEffect(event);
    else if (event.type === "late_result") this.#late(event);
    else if (endsRun(event)) this.#endRun(event.run ?? 0, event.data["outcome"] === "lost" ? "lose" : "settle", event);
  }

  #claim(event: PackEvent): void {
    const run = event.run ?? 0;
    const reserved = amountOf(event, "reserved_microusd");
    this.#runOfToken.set(amountOf(event, "token"), run);
    if ("reserved_microusd" in event.data) this.#left.set(run, reserved);
    this.#write(run, "reserve", { reserved });
  }

  #intent(event: PackEvent): void {
    const key = String(event.data["key"]);
    const [run, max] = [event.run ?? 0, amountOf(event, "max_microusd")];
    const before = this.#effects.get(key);
    if (before?.open) {
      // An authorisation stays with the run that made it; what none covers falls to the run that tries.
      if (before.max === 0) before.run = run;
      return;
    }
    this.#effects.set(key, { run, max, open: true });
    this.#change(run, -max);
    this.#write(run, "authorise", { reserved: -max, authorised: max });
  }

  #settleEffect(event: PackEvent): void {
    const effect = this.#effects.get(String(event.data["key"]));
    if (!effect?.open) return;
    effect.open = false;
    const { run, max } = effect;
    const cost = amountOf(event, "cost_microusd");
    const captured = Math.min(cost, max);
    const back = this.#left.has(run) ? max - captured : 0;
    this.#change(run, back);
    const correction = event.type === "effect.corrected";
    // A correction of an effect that authorised nothing books nothing.
    if (correction && max === 0) return;
    const lines = { reserved: back, authorised: -max, captured, overrun: cost - captured };
    this.#write(run, correction ? "correct" : "capture", lines);
  }

  #late(event: PackEvent): void {
    const run = this.#runOfToken.get(amountOf(event, "token"));
    if (run !== undefined) this.#endRun(run, "settle", event);
  }

  #endRun(run: number, reason: string, event: PackEvent): void {
    const has = this.#left.get(run) ?? 0;
    const cost = Math.max(0, reason === "lose" ? 0 : amountOf(event, "cost_microusd"));
    const captured = Math.min(cost, has);
    this.#left.delete(run);
    this.#write(run, reason, { reserved: -has, captured, overrun: cost - captured });
  }

  #change(run: number, by: number): void {
    const left = this.#left.get(run);
    if (left !== undefined) this.#left.set(run, left + by);
  }

  #write(run: number, reason: string, lines: Record<string, number>): void {
    const budget = -Object.values(lines).reduce((sum, amount) => sum + amount, 0);
    const changed = Object.entries({ ...lines, budget }).filter(([, amount]) => amount !== 0);
    if (changed.length > 0) this.entries.push({ run, reason, lines: Object.fromEntries(changed) });
  }
}
