import { performance } from "node:perf_hooks";
import { readVentures } from "@holdpoint/db/runtime";
import type { VentureFacts as Facts } from "@holdpoint/db/runtime";
import type { VentureFacts } from "@holdpoint/sdk";
import type { Access } from "./databases.ts";

const FRESH_MS = 5_000;

/** The facts of ventures as handlers see them, at most 5 s old. */
export class VentureCache {
  readonly #access: Access;
  readonly #known = new Map<string, { facts: VentureFacts; at: number }>();
  readonly #asked = new Map<string, Promise<VentureFacts>>();

  constructor(access: Access) {
    this.#access = access;
  }

  /** At once when they are known and fresh, else a promise; one call serves all who ask at the same time. */
  get(key: string): VentureFacts | Promise<VentureFacts> {
    const known = this.#known.get(key);
    if (known !== undefined && performance.now() - known.at < FRESH_MS) return known.facts;
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      asked = this.#read(key).finally(() => this.#asked.delete(key));
      this.#asked.set(key, asked);
    }
    return asked;
  }

  async #read(key: string): Promise<VentureFacts> {
    const { databases, caller } = this.#access;
    const [row] = await readVentures(databases.work, caller, [key]);
    if (row === undefined) throw new Error(`there is no venture ${key}`);
    const facts = ventureFactsOf(key, row.facts);
    this.#known.set(key, { facts, at: performance.now() });
    return facts;
  }
}

/** The database's facts in the shape that handlers and `resolve` get. */
export function ventureFactsOf(key: string, facts: Facts): VentureFacts {
  return Object.freeze({
    key,
    trusted: facts.trusted,
    url: facts.url,
    repository: facts.repository,
    buildCommand: facts.build_command,
    allowPrivateAddresses: facts.allow_private_addresses,
  });
}
