import { setTimeout as after } from "node:timers/promises";
import type { RecordedTrigger } from "../checker/history.ts";
import type { Operator } from "./operator.ts";
import type { Random } from "./random.ts";

const KEYS = [
  { venture: "acme", key: "a" },
  { venture: "beta", key: "b" },
  { venture: "beta", key: "c" },
] as const;
export const DEBOUNCE = { delay_ms: 400, max_delay_ms: 1_200 };

/** Triggers in quick succession, of which one job is to be made; each key's are numbered, and come one after the other. */
export class Triggers {
  readonly sent: RecordedTrigger[] = [];
  #closed = false;
  readonly #loops: Promise<void>[];

  constructor(operator: Operator, random: Random) {
    this.#loops = KEYS.map(({ venture, key }) => this.#pull(operator, random, venture, key));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#loops);
  }

  async #pull(operator: Operator, random: Random, venture: string, key: string): Promise<void> {
    for (let n = 1; !this.#closed; n++) {
      const request = { type: "fault_debounced", venture, payload: { key, n }, debounce: { key, ...DEBOUNCE } };
      const answer = await operator.call("trigger", "public.submit_job($1)", [JSON.stringify(request)]);
      const jobId = typeof answer?.["id"] === "string" ? answer["id"] : null;
      this.sent.push({ key: `${venture}/${key}`, n, jobId });
      // Now a quick succession, now a pause in which the job starts.
      await after(random.next() < 0.75 ? random.between(20, 300) : random.between(300, 1_500));
    }
  }
}
