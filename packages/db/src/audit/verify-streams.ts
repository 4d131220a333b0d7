import type pg from "pg";
import { streamBreak } from "./break.ts";
import type { Break } from "./break.ts";
import { firstHash, nextHash } from "./hashes.ts";
import { RowReader } from "./row-reader.ts";
import type { Source } from "./row-reader.ts";

/** Where streams, their owners and what was sealed of them are read: all three in the order of the streams. */
export interface StreamSources {
  /** stream, seq, type, at (microseconds), body, hash */
  events: Source;
  /** id, seq, head, dropped: the rows of jobs or ventures, and the kept heads of dropped jobs */
  owners: Source;
  /** stream, seq, head, checkpoint */
  sealed: Source;
}

export interface StreamCounts {
  streams: number;
  events: number;
  sealedHeads: number;
  dropped: number;
  /** Events behind the last sealed one of their stream. */
  unsealedEvents: number;
  unsealedStreams: number;
}

interface EventRow {
  stream: string;
  seq: number;
  type: string;
  at: string;
  body: string;
  hash: Buffer;
}
interface OwnerRow {
  stream: string;
  seq: number;
  head: Buffer;
  dropped: boolean;
}
interface SealedRow {
  stream: string;
  seq: number;
  head: Buffer;
  checkpoint: number;
}

export function emptyCounts(): StreamCounts {
  return { streams: 0, events: 0, sealedHeads: 0, dropped: 0, unsealedEvents: 0, unsealedStreams: 0 };
}

/**
 * Walks all streams of the sources side by side and adds to the counts. `tell` gets each stream's first break; it may
 * throw to end the walk. `progress` is called now and then.
 */
export async function verifyStreams(
  client: pg.ClientBase,
  name: string,
  sources: StreamSources,
  counts: StreamCounts,
  tell: (found: Break) => void,
  progress: () => void,
): Promise<void> {
  const events = await RowReader.open(client, `${name}_events`, sources.events, eventRow);
  const owners = await RowReader.open(client, `${name}_owners`, sources.owners, ownerRow);
  const sealed = await RowReader.open(client, `${name}_sealed`, sources.sealed, sealedRow);
  for (;;) {
    const stream = least(events.next?.stream, owners.next?.stream, sealed.next?.stream);
    if (stream === null) break;
    const owner = owners.next?.stream === stream ? owners.next : null;
    if (owner && owners.advance()) await owners.fill();
    const heads: SealedRow[] = [];
    while (sealed.next?.stream === stream) {
      heads.push(sealed.next);
      if (sealed.advance()) await sealed.fill();
    }
    const walk = new StreamWalk(stream, heads);
    while (events.next?.stream === stream) {
      walk.take(events.next);
      if (events.advance()) {
        await events.fill();
        progress();
      }
    }
    const found = walk.end(owner);
    walk.count(counts, owner);
    if (found) tell(found);
  }
  for (const reader of [events, owners, sealed]) await reader.close();
}

/** One stream, event by event. */
class StreamWalk {
  readonly #stream: string;
  readonly #heads: readonly SealedRow[];
  #nextHead = 0;
  #head: Buffer;
  #seq = 0;
  #events = 0;
  #break: Break | null = null;

  constructor(stream: string, heads: readonly SealedRow[]) {
    this.#stream = stream;
    this.#heads = heads;
    this.#head = firstHash(stream);
  }

  take(event: EventRow): void {
    this.#events += 1;
    if (this.#break) return;
    const seq = this.#seq + 1;
    if (event.seq !== seq) {
      this.#break = streamBreak("event_missing", this.#stream, seq, `event ${seq}`, `event ${event.seq}`);
      return;
    }
    this.#seq = seq;
    this.#head = nextHash(this.#head, event.body);
    if (!this.#head.equals(event.hash)) {
      this.#break = streamBreak("event_changed", this.#stream, seq, hex(this.#head), hex(event.hash));
      return;
    }
    const start = `{"v":1,"stream":"${this.#stream}","seq":${seq},"type":"${event.type}","at":${event.at},`;
    if (!event.body.startsWith(start)) {
      this.#break = streamBreak("event_misfiled", this.#stream, seq, start, event.body.slice(0, start.length));
      return;
    }
    this.#compareSealed();
  }

  #compareSealed(): void {
    for (let head = this.#heads[this.#nextHead]; head && head.seq <= this.#seq; head = this.#heads[this.#nextHead]) {
      this.#nextHead += 1;
      if (head.seq < this.#seq || head.head.equals(this.#head)) continue;
      this.#break = streamBreak(
        "event_rewritten",
        this.#stream,
        head.seq,
        hex(head.head),
        hex(this.#head),
        head.checkpoint,
      );
      return;
    }
  }

  end(owner: OwnerRow | null): Break | null {
    return this.#break ?? (owner?.dropped ? this.#endOfDropped(owner) : this.#endOfStored(owner));
  }

  #endOfDropped(owner: OwnerRow): Break | null {
    const last = this.#heads.at(-1);
    if (this.#events === 0 && last?.seq === owner.seq && last.head.equals(owner.head)) return null;
    const expected = last ? `event ${last.seq}, ${hex(last.head)}` : "a sealed head";
    const found = this.#events > 0 ? "events of a dropped job" : `event ${owner.seq}, ${hex(owner.head)}`;
    return streamBreak("dropped_head_differs", this.#stream, owner.seq, expected, found, last?.checkpoint ?? null);
  }

  #endOfStored(owner: OwnerRow | null): Break | null {
    const beyond = this.#heads[this.#nextHead];
    if (beyond) {
      const kind = this.#events === 0 ? "stream_missing" : "events_missing";
      const expected = `event ${beyond.seq}, ${hex(beyond.head)}`;
      const found = this.#seq === 0 ? "no events" : `the last event is ${this.#seq}`;
      return streamBreak(kind, this.#stream, this.#seq + 1, expected, found, beyond.checkpoint);
    }
    if (owner === null) {
      return streamBreak("owner_missing", this.#stream, null, "the row of a job or venture", `${this.#events} events`);
    }
    if (owner.seq === this.#seq && owner.head.equals(this.#head)) return null;
    const expected = `event ${this.#seq}, ${hex(this.#head)}`;
    return streamBreak("head_differs", this.#stream, owner.seq, expected, `event ${owner.seq}, ${hex(owner.head)}`);
  }

  count(counts: StreamCounts, owner: OwnerRow | null): void {
    counts.events += this.#events;
    counts.sealedHeads += this.#heads.length;
    if (owner?.dropped) counts.dropped += 1;
    else counts.streams += 1;
    const behind = this.#seq - (this.#heads.at(-1)?.seq ?? 0);
    if (behind <= 0) return;
    counts.unsealedEvents += behind;
    counts.unsealedStreams += 1;
  }
}

function least(...streams: (string | undefined)[]): string | null {
  let found: string | null = null;
  for (const stream of streams) if (stream !== undefined && (found === null || stream < found)) found = stream;
  return found;
}

const hex = (bytes: Buffer): string => bytes.toString("hex");

function eventRow(values: unknown[]): EventRow {
  const [stream, seq, type, at, body, hash] = values as [string, number, string, string, string, Buffer];
  return { stream, seq, type, at, body, hash };
}

function ownerRow(values: unknown[]): OwnerRow {
  const [stream, seq, head, dropped] = values as [string, number, Buffer, boolean];
  return { stream, seq, head, dropped };
}

function sealedRow(values: unknown[]): SealedRow {
  const [stream, seq, head, checkpoint] = values as [string, number, Buffer, number];
  return { stream, seq, head, checkpoint };
}
