import { createHash } from "node:crypto";
import { canMove } from "@holdpoint/policy";
import type { JobState } from "@holdpoint/policy";
import type { TestDatabase } from "@holdpoint/local/testing";
import { moveOf } from "./history.ts";

interface EventRow extends Record<string, unknown> {
  stream: string;
  seq: number;
  type: string;
  body: string;
  hash: Buffer;
}

interface Body {
  v: number;
  stream: string;
  seq: number;
  type: string;
  at: number;
  actor: { kind: string; id: string };
  run: number | null;
  data: Record<string, unknown>;
}

const KEYS = "v,stream,seq,type,at,actor,run,data";
const sha256 = (...parts: (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

/** Numbers without gaps, and every hash recomputed here from the stored bytes. */
export function checkChain(stream: string, events: readonly EventRow[]): string[] {
  const wrong: string[] = [];
  let head = sha256(`holdpoint/1/${stream}`);
  events.forEach((event, i) => {
    head = sha256(head, event.body);
    if (event.seq !== i + 1) wrong.push(`${stream}: event ${i + 1} has number ${event.seq}`);
    if (!head.equals(event.hash)) wrong.push(`${stream}: event ${event.seq} has another hash`);
    const body = JSON.parse(event.body) as Body;
    if (Object.keys(body).join(",") !== KEYS)
      wrong.push(`${stream}: event ${event.seq} has keys ${Object.keys(body).join(",")}`);
    if (body.stream !== stream || body.seq !== event.seq || body.type !== event.type)
      wrong.push(`${stream}: the body of event ${event.seq} names ${body.stream} ${body.seq} ${body.type}`);
  });
  return wrong;
}

/** Every change of state is an arrow of the documented machine, through a function that may draw it. */
export function checkArrows(stream: string, events: readonly EventRow[], state: JobState): string[] {
  const wrong: string[] = [];
  let at: JobState | null = null;
  for (const event of events) {
    const move = moveOf(event.type, (JSON.parse(event.body) as Body).data);
    if (move === null) continue;
    const from: JobState | null = at;
    if (!move.by.some((by) => canMove(from, move.to, by)))
      wrong.push(`${stream}: event ${event.seq} (${event.type}) moves ${from} to ${move.to}`);
    at = move.to;
  }
  if (at !== state) wrong.push(`${stream}: the job is ${state}, its events say ${at}`);
  return wrong;
}

/** Checks all streams of jobs and of ventures; answers what is wrong. */
export async function checkStreams(db: TestDatabase): Promise<string[]> {
  const wrong: string[] = [];
  const owners = await db.query<{ id: string; seq: number; head: Buffer; state: JobState | null }>(
    "select id, seq, head, state::text as state from public.jobs union all select id, seq, head, null from public.ventures",
  );
  const events = await db.query<EventRow>(
    "select stream, seq, type, body, hash from public.job_events union all select stream, seq, type, body, hash from public.venture_events order by stream, seq",
  );
  const streams = Map.groupBy(events, (event) => event.stream);
  for (const owner of owners) {
    const own = streams.get(owner.id) ?? [];
    streams.delete(owner.id);
    wrong.push(...checkChain(owner.id, own));
    if (owner.state !== null) wrong.push(...checkArrows(owner.id, own, owner.state));
    const last = own.at(-1);
    if (owner.seq !== own.length || (last && !owner.head.equals(last.hash)))
      wrong.push(`${owner.id}: its row says number ${owner.seq}, its stream has ${own.length} events`);
  }
  for (const stream of streams.keys()) wrong.push(`${stream}: events of nothing`);
  return wrong;
}
