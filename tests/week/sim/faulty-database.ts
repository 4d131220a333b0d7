import { isConnectionLoss, isContention } from "@holdpoint/db";
import { DatabasePool, type Queryable } from "@holdpoint/db/runtime";
import type { QueryConfig, QueryResult, QueryResultRow } from "pg";

class ConnectionCut extends Error {
  readonly code = "08006";
}

/** A worker's connection that is cut at times: before a call reached the database, or after it was committed. */
export class FaultyDatabase implements Queryable {
  readonly #pool: DatabasePool;
  #cuts: ("before" | "after")[] = [];
  /** How many calls were cut. */
  cut = 0;

  constructor(url: string, name: string) {
    this.#pool = new DatabasePool({ url, max: 2, name });
  }

  /** The next calls are cut so, and no more: fewer than a caller tries. */
  cutNext(...cuts: ("before" | "after")[]): void {
    this.#cuts = cuts;
  }

  async query<Row extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<Row>> {
    const cut = this.#cuts.shift();
    if (cut !== undefined) this.cut++;
    if (cut === "before") throw new ConnectionCut("the connection was cut");
    const result = await this.#pool.query<Row>(config);
    if (cut === "after") throw new ConnectionCut("the connection was cut after the commit");
    return result;
  }

  end(): Promise<void> {
    return this.#pool.end();
  }
}

const TRIES = 8;

/** Repeats a call whose answer was lost, as every caller of the runtime functions does. */
export async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt === TRIES || !(isConnectionLoss(error) || isContention(error))) throw error;
    }
  }
}
