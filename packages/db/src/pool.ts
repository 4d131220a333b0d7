import pg from "pg";

export interface PoolOptions {
  url: string;
  /** Most connections at once. */
  max: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** After this the call fails as unavailable and its connection is dropped; default 30 s. */
  queryTimeoutMs?: number;
  /** Told of errors on idle connections (a restart of the database); they are replaced by themselves. */
  onIdleError?: (error: Error) => void;
}

/** What the runtime functions need of a pool or a client. */
export interface Queryable {
  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>>;
}

/**
 * A pool whose connections are kept, replaced when they break, and never hang for ever: connecting takes at most
 * 5 s, a call at most `queryTimeoutMs`. An SQL error leaves its connection in the pool, unlike pool.query().
 */
export class DatabasePool implements Queryable {
  readonly #pool: pg.Pool;

  constructor(options: PoolOptions) {
    this.#pool = new pg.Pool({
      connectionString: options.url,
      max: options.max,
      application_name: options.name,
      keepAlive: true,
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: 5_000,
      query_timeout: options.queryTimeoutMs ?? 30_000,
    });
    const broke = options.onIdleError ?? (() => undefined);
    this.#pool.on("error", broke);
    // pg-pool listens on idle clients only; the error of one that is lent out would end the process.
    this.#pool.on("connect", (client) => client.on("error", broke));
  }

  async query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    const client = await this.#pool.connect();
    try {
      const result = await client.query<Row>(config);
      client.release();
      return result;
    } catch (error) {
      // With an SQLSTATE of its own the server has answered and the connection is in order.
      client.release(!(error instanceof pg.DatabaseError) || /^(08|57P)/.test(error.code ?? ""));
      throw error;
    }
  }

  /** Closes the connections; waits for calls that are under way. */
  async end(): Promise<void> {
    await this.#pool.end();
  }
}
