import pg from "pg";

export interface ListenOptions {
  /** A direct or session-mode connection: a transaction pooler cannot LISTEN. */
  url: string;
  name: string;
  channels: readonly string[];
  onNotify: (channel: string, payload: string) => void;
}

/** One connection that hears notifications and may be asked small questions. It ends when it breaks: make another. */
export class Listener {
  readonly #client: pg.Client;
  /** Resolves when the connection is over, whoever ended it. */
  readonly ended: Promise<void>;

  private constructor(client: pg.Client) {
    this.#client = client;
    this.ended = new Promise((resolve) => {
      client.once("end", () => resolve());
      client.on("error", () => {
        // An idle connection's error; without a listener it would end the process.
        client.end().catch(() => undefined);
      });
    });
  }

  /** Connects and listens; rejects when it cannot within 5 s. */
  static async open(options: ListenOptions): Promise<Listener> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: options.name,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
    const listener = new Listener(client);
    client.on("notification", (message) => options.onNotify(message.channel, message.payload ?? ""));
    try {
      await client.connect();
      for (const channel of options.channels) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
      return listener;
    } catch (error) {
      await listener.close();
      throw error;
    }
  }

  query<Row extends pg.QueryResultRow>(config: pg.QueryConfig): Promise<pg.QueryResult<Row>> {
    return this.#client.query<Row>(config);
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}
