import type pg from "pg";

/** How a source is read: a query and its values. */
export interface Source {
  text: string;
  values: unknown[];
  /** Rows fetched at a time; default 5,000. */
  batch?: number;
}

/** Several readers share a connection, which takes one query after the other: what each waits for. */
const turns = new WeakMap<pg.ClientBase, Promise<unknown>>();

function inTurn<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  const before = turns.get(client) ?? Promise.resolve();
  const done = before.then(work);
  turns.set(
    client,
    done.catch(() => undefined),
  );
  return done;
}

/**
 * The rows of a query, one after the other, of which the next is already known. Read with a cursor of the transaction
 * under way; the next batch is on its way while one is worked on.
 */
export class RowReader<Row> {
  readonly #client: pg.ClientBase;
  readonly #name: string;
  readonly #size: number;
  readonly #read: (values: unknown[]) => Row;
  #batch: unknown[][] = [];
  #at = 0;
  #coming: Promise<unknown[][]>;
  /** The row that comes next; null at the end. */
  next: Row | null = null;

  private constructor(client: pg.ClientBase, name: string, size: number, read: (values: unknown[]) => Row) {
    this.#client = client;
    this.#name = name;
    this.#size = size;
    this.#read = read;
    this.#coming = this.#fetch();
  }

  static async open<Row>(
    client: pg.ClientBase,
    name: string,
    source: Source,
    read: (values: unknown[]) => Row,
  ): Promise<RowReader<Row>> {
    await inTurn(client, () => client.query(`declare ${name} no scroll cursor for ${source.text}`, source.values));
    const reader = new RowReader(client, name, source.batch ?? 5_000, read);
    await reader.fill();
    return reader;
  }

  /** Goes to the next row. True: its batch is used up, and `fill` must be awaited before `next` is looked at. */
  advance(): boolean {
    this.#at += 1;
    if (this.#at >= this.#batch.length) return true;
    this.next = this.#read(this.#batch[this.#at] ?? []);
    return false;
  }

  async fill(): Promise<void> {
    this.#batch = await this.#coming;
    this.#at = 0;
    const [first] = this.#batch;
    this.next = first ? this.#read(first) : null;
    if (first) this.#coming = this.#fetch();
  }

  async close(): Promise<void> {
    await this.#coming;
    await inTurn(this.#client, () => this.#client.query(`close ${this.#name}`));
  }

  async #fetch(): Promise<unknown[][]> {
    const fetch = { text: `fetch ${this.#size} from ${this.#name}`, rowMode: "array" as const };
    return (await inTurn(this.#client, () => this.#client.query<unknown[]>(fetch))).rows;
  }
}
