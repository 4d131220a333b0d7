import "server-only";
import type { FeedEvent, FeedMessage, FeedTailer } from "@holdpoint/db/feed";
import { toHoldpointError } from "@holdpoint/db";
import type { PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import { BEAT_MS, type StreamBeat, type StreamEvent } from "../../live/protocol.ts";
import { feedTailer } from "../../server/feed.ts";
import { read } from "../../server/read.ts";
import { operatorClient } from "../../server/supabase.ts";

/** How often membership and session are asked again. What is older than twice this lets nothing through. */
const RECHECK_MS = 5_000;
/** A proxy that sees nothing for long may close the connection; comments keep it open even if beats stop. */
const COMMENT_MS = 15_000;
/** The stream ends this long before the access token does: the browser comes back, and the proxy renews the session. */
const RENEW_BEFORE_MS = 30_000;

/**
 * One browser's stream: the feed after a cursor, filtered by the ventures of this session. Each message's id is the
 * cursor after it, also of those that were filtered out, so that coming back neither skips nor repeats.
 */
export async function openStream(after: string | null, gone: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const tailer = feedTailer();
  if (!tailer) {
    throw new HoldpointError(
      "unavailable",
      "missing_config",
      "HOLDPOINT_WEB_DATABASE_URL is not set: there is no live stream.",
    );
  }
  const client = await operatorClient();
  const ventures = await visibleVentures(client);
  const { data } = await client.auth.getSession();
  const endsAt = (data.session?.expires_at ?? 0) * 1000 - RENEW_BEFORE_MS;
  const stop = new AbortController();
  const end = AbortSignal.any([gone, stop.signal]);
  const writer = new StreamWriter(() => stop.abort());
  void pump({ tailer, client, writer, end, stop, after, ventures, endsAt });
  return writer.body;
}

interface Pump {
  tailer: FeedTailer;
  client: PeopleClient;
  writer: StreamWriter;
  end: AbortSignal;
  stop: AbortController;
  after: string | null;
  ventures: ReadonlySet<string>;
  endsAt: number;
}

async function pump({ tailer, client, writer, end, stop, after, ventures, endsAt }: Pump): Promise<void> {
  let allowed = ventures;
  let checkedAt = Date.now();
  let cursor = after;
  let goodbye: "" | "signed_out" = "";
  const beat = () => {
    if (Date.now() > endsAt) return stop.abort();
    const { behindMs } = tailer.state();
    writer.send("beat", cursor ?? tailer.state().cursor, { behindMs, serverNow: Date.now() } satisfies StreamBeat);
  };
  const recheck = async () => {
    try {
      allowed = await visibleVentures(client);
      checkedAt = Date.now();
    } catch (error) {
      // A database that is down is no reason to end; it lets nothing through meanwhile, and the beats say how old all is.
      if (toHoldpointError(error).code === "unavailable") return;
      goodbye = "signed_out";
      stop.abort();
    }
  };
  const timers = [
    setInterval(beat, BEAT_MS),
    setInterval(() => void recheck(), RECHECK_MS),
    setInterval(() => writer.comment(), COMMENT_MS),
  ];
  writer.open();
  beat();
  try {
    for await (const message of tailer.follow(after, end)) {
      if (Date.now() - checkedAt > 2 * RECHECK_MS) await recheck();
      if (end.aborted) break;
      if (Date.now() - checkedAt > 2 * RECHECK_MS) break;
      cursor = pass(message, allowed, writer);
    }
  } finally {
    for (const timer of timers) clearInterval(timer);
    writer.close(goodbye);
  }
}

/** Writes what this person may know of; gives the cursor after it. */
function pass(message: FeedMessage, allowed: ReadonlySet<string>, writer: StreamWriter): string {
  if (message.kind === "resync") {
    writer.send("resync", message.cursor, {});
    return message.cursor;
  }
  const cursor = message.events.at(-1)?.cursor ?? "";
  const visible = message.events.filter((event) => allowed.has(event.venture));
  if (visible.length > 0) writer.send("feed", cursor, visible.map(toStreamEvent));
  return cursor;
}

function toStreamEvent({ stream, seq, venture, type, at }: FeedEvent): StreamEvent {
  return { stream, seq, venture, type, at };
}

/** Ventures that this session may see now. None: the session or the operator has ended, which is an error. */
async function visibleVentures(client: PeopleClient): Promise<ReadonlySet<string>> {
  const keys = await read(client.rpc("my_venture_keys"), z.array(z.string()), "my_venture_keys");
  if (keys.length === 0) throw new HoldpointError("unauthenticated", "not_signed_in", "Your session has ended.");
  return new Set(keys);
}

/** Puts messages on the wire. A reader that is gone or stands still for long ends the stream; it comes back by cursor. */
class StreamWriter {
  readonly body: ReadableStream<Uint8Array>;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  readonly #abort: () => void;

  constructor(abort: () => void) {
    this.#abort = abort;
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => {
          this.#controller = null;
          abort();
        },
      },
      // Bytes that may wait for a slow reader.
      { highWaterMark: 1_048_576, size: (bytes) => bytes.byteLength },
    );
  }

  open(): void {
    this.#write("retry: 1000\n\n");
  }

  send(event: string, id: string | null, data: unknown): void {
    this.#write(`event: ${event}\n${id ? `id: ${id}\n` : ""}data: ${JSON.stringify(data)}\n\n`);
  }

  comment(): void {
    this.#write(": still here\n\n");
  }

  close(goodbye: string): void {
    if (!this.#controller) return;
    this.#write(`event: bye\ndata: ${goodbye}\n\n`);
    this.#controller?.close();
    this.#controller = null;
  }

  #write(text: string): void {
    if (!this.#controller) return;
    if ((this.#controller.desiredSize ?? 0) < 0) return this.#abort();
    this.#controller.enqueue(this.#encoder.encode(text));
  }
}
