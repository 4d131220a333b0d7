import type pg from "pg";
import { toHoldpointError } from "../errors.ts";
import type { Anchors } from "./anchor-file.ts";
import { sealBreak, streamBreak } from "./break.ts";
import type { Break } from "./break.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { verifyCheckpoints } from "./verify-checkpoints.ts";
import type { CheckpointsChecked } from "./verify-checkpoints.ts";
import { verifyDropped } from "./verify-dropped.ts";
import type { DroppedMonth } from "./verify-dropped.ts";
import { emptyCounts, verifyStreams } from "./verify-streams.ts";
import type { StreamCounts, StreamSources } from "./verify-streams.ts";

export interface VerifyOptions {
  /** What was anchored outside; null: nothing to compare with. */
  anchors: Anchors | null;
  /** Only jobs submitted since; venture streams and checkpoints are checked whole. */
  since?: Date | undefined;
  /** Only this venture's jobs and its own stream. */
  venture?: string | undefined;
  /** Called now and then with the events checked so far. */
  progress?: (events: number) => void;
  /** Breaks to list before giving up; default 20. */
  most?: number;
}

export interface Verification {
  ok: boolean;
  counts: StreamCounts;
  checkpoints: number;
  /** The newest checkpoint: all before its position is sealed. */
  upTo: Checkpoint | null;
  anchors: CheckpointsChecked["anchored"];
  /** Months of jobs that retention dropped: of these only the last hashes could be checked. */
  dropped: DroppedMonth[];
  /** What this run could not check, one sentence each. */
  unchecked: string[];
  /** The first break first. */
  breaks: Break[];
}

/** A checkpoint that is this old has been anchored by a sealing duty that works. */
const ANCHORED_WITHIN_MS = 600_000;

class Enough extends Error {}

/**
 * Recomputes everything from the stored bytes: checkpoints against their heads, their chain and the anchors outside,
 * every stream's numbers and hashes against its row and against what was sealed. Reads one snapshot, writes nothing.
 */
export async function verifyDatabase(client: pg.ClientBase, options: VerifyOptions): Promise<Verification> {
  const breaks: Break[] = [...(options.anchors?.breaks ?? [])];
  const most = options.most ?? 20;
  const tell = (found: Break) => {
    breaks.push(found);
    if (breaks.length >= most) throw new Enough();
  };
  const counts = emptyCounts();
  let dropped: DroppedMonth[] = [];
  let checked: CheckpointsChecked = { count: 0, newest: null, anchored: 0, notAnchored: [] };
  await client.query("begin isolation level repeatable read read only");
  try {
    await client.query("set local jit = off");
    checked = await verifyCheckpoints(client, options.anchors ?? { anchors: [], breaks: [] }, tell);
    if (options.anchors) await judgeUnanchored(client, checked, tell);
    const ventures = await ventureStreams(client);
    const progress = () => options.progress?.(counts.events);
    await verifyStreams(client, "ventures", venturesOf(ventures, options), counts, tell, progress);
    await verifyStreams(client, "jobs", jobsOf(ventures, options), counts, tell, progress);
    dropped = await verifyDropped(client, tell);
    await verifyTail(client, checked.newest, tell);
  } catch (error) {
    if (!(error instanceof Enough)) throw toHoldpointError(error);
  } finally {
    await client.query("rollback");
  }
  return {
    ok: breaks.length === 0,
    counts,
    checkpoints: checked.count,
    upTo: checked.newest,
    anchors: checked.anchored,
    dropped,
    unchecked: unchecked(options, checked, counts, breaks.length >= most),
    breaks,
  };
}

async function judgeUnanchored(
  client: pg.ClientBase,
  checked: CheckpointsChecked,
  tell: (found: Break) => void,
): Promise<void> {
  const { rows } = await client.query<{ no: number }>(
    "select no::int from holdpoint.checkpoints where no = any ($1) and sealed_at < clock_timestamp() - make_interval(secs => $2) order by no limit 1",
    [checked.notAnchored, ANCHORED_WITHIN_MS / 1000],
  );
  const [late] = rows;
  if (late) tell(sealBreak("anchor_missing", late.no, "an anchor outside", "none"));
}

/** What the feed names after the last checkpoint must be there: it is all there is to know of what is not sealed. */
async function verifyTail(
  client: pg.ClientBase,
  newest: Checkpoint | null,
  tell: (found: Break) => void,
): Promise<void> {
  const { rows } = await client.query<{ stream: string; seq: number }>(
    `select s.stream, s.seq from holdpoint.feed f cross join lateral unnest(f.streams, f.seqs) s(stream, seq)
     where (f.epoch, f.xid) >= ($1, $2::xid8)
       and not exists (select 1 from public.job_events e where e.stream = s.stream and e.seq = s.seq)
       and not exists (select 1 from public.venture_events e where e.stream = s.stream and e.seq = s.seq)
     order by s.stream, s.seq limit 20`,
    [newest?.epoch ?? 0, newest?.up_to ?? "0"],
  );
  for (const { stream, seq } of rows)
    tell(streamBreak("event_missing", stream, seq, `event ${seq}, named by the feed`, "none"));
}

async function ventureStreams(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    "select id from public.ventures union select distinct stream from public.venture_events",
  );
  return rows.map((row) => row.id);
}

const SEALED = `select u.stream, u.seq, u.head, s.no::int from holdpoint.sealed_heads s
  cross join lateral holdpoint.unpack_heads(s.heads) u`;

/** Heads of a month that is about to be dropped stand beside its jobs: they don't count yet. */
const DROPPED = `select h.* from holdpoint.stream_heads h join holdpoint.dropped_months m on m.month = h.month and m.dropped_at is not null`;

function venturesOf(ventures: string[], { venture }: VerifyOptions): StreamSources {
  const only = [venture ?? null];
  const seen = "($1::text is null or venture = $1)";
  return {
    events: {
      text: `select stream, seq, type, holdpoint.micros(at), body, hash from public.venture_events where ${seen} order by stream, seq`,
      values: only,
    },
    owners: {
      text: "select id, seq, head, false from public.ventures where $1::text is null or key = $1 order by id",
      values: only,
    },
    sealed: {
      text: `${SEALED} where u.stream = any ($2) and ($1::text is null or u.stream in (select v.id from public.ventures v where v.key = $1)) order by 1, 2`,
      values: [venture ?? null, ventures],
    },
  };
}

function jobsOf(ventures: string[], { venture, since }: VerifyOptions): StreamSources {
  const floor = firstIdAt(since?.getTime() ?? 0);
  const only = venture === undefined ? "" : " and venture = $2";
  const values = venture === undefined ? [floor] : [floor, venture];
  const known = `select id from public.jobs where id >= $1${only} union all select stream from (${DROPPED}) d where stream >= $1${only}`;
  return {
    events: {
      text: `select stream, seq, type, holdpoint.micros(at), body, hash from public.job_events where stream >= $1${only} order by stream, seq`,
      values,
    },
    owners: {
      text: `select id, seq, head, false from public.jobs where id >= $1${only}
        union all select stream, seq, hash, true from (${DROPPED}) d where stream >= $1${only} order by 1`,
      values,
    },
    sealed: {
      text: `${SEALED} where s.last >= $1 and u.stream >= $1 and u.stream <> all ($${values.length + 1})${venture === undefined ? "" : ` and u.stream in (${known})`} order by 1, 2`,
      values: [...values, ventures],
    },
  };
}

/** The smallest UUIDv7 of a millisecond. */
function firstIdAt(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

function unchecked(
  options: VerifyOptions,
  checked: CheckpointsChecked,
  counts: StreamCounts,
  gaveUp: boolean,
): string[] {
  const { notAnchored } = checked;
  const said: string[] = [];
  if (gaveUp) said.push("Everything after the last break listed: there were too many.");
  if (options.since) said.push(`Jobs submitted before ${options.since.toISOString()}.`);
  if (options.venture !== undefined)
    said.push(`Other ventures than ${options.venture}, and whether a job was removed with all its traces.`);
  if (counts.dropped > 0)
    said.push(`What the events of ${counts.dropped} dropped jobs were: only their last hashes are kept.`);
  if (counts.unsealedEvents > 0)
    said.push(
      `Whether the last ${counts.unsealedEvents} events of ${counts.unsealedStreams} streams are all there: no checkpoint covers them yet.`,
    );
  if (checked.newest === null) said.push("Whether streams are missing: nothing has been sealed yet.");
  if (options.anchors === null) said.push("Whether the checkpoints themselves were rewritten: no anchors were given.");
  else if (notAnchored.length > 0)
    said.push(`Checkpoints ${ranges(notAnchored)} against the outside: they have no anchor.`);
  return said;
}

function ranges(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)];
  return first === last ? `${first}` : `${first} to ${last} (${numbers.length})`;
}
