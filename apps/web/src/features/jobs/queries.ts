import "server-only";
import {
  instant,
  jobEvents,
  jobLogs,
  listJobs,
  listJobTypes,
  readJobComparison,
  readJobDetail,
  type Job,
  type JobComparison,
  type JobDetail,
  type JobEvent,
  type LogChunk,
} from "@holdpoint/db/people";
import { JOB_STATES, type JobState } from "@holdpoint/policy";
import { cache } from "react";
import { z } from "zod";
import { read } from "../../server/read.ts";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";
import { ventureNames } from "../ventures/queries.ts";
import type { JobFilter } from "./filter.ts";
import { jobTitle } from "./title.ts";
import { blockedByWords, reasonWords, waitsForWords } from "./words.ts";

export const PAGE_SIZE = 50;

/** One row of the list, as it goes to the browser. */
export interface JobRow {
  id: string;
  type: string;
  title: string;
  venture: string;
  ventureName: string;
  state: JobState;
  runNo: number;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  costMicrousd: number;
  urgent: boolean;
  /** Why it waits or how it ended, in words. */
  note: string;
  /** A time that the note ends with, counted down. */
  until: string | null;
  beat: { at: string; worker: string } | null;
}

export interface JobList {
  rows: JobRow[];
  next: string | null;
  cut: boolean;
  freshForMs: number;
}

const openRun = z.object({ job_id: z.string(), started_at: instant, listed_at: instant, worker_id: z.string() });

/** One page of the list under the URL's filter. */
export function readJobs(
  filter: JobFilter,
  leaseMs: number,
  workers: ReadonlyMap<string, string>,
): Promise<Result<JobList>> {
  return attempt(async () => {
    const client = await operatorClient();
    const request = {
      states: filter.states,
      type: filter.type,
      venture: filter.venture,
      before: filter.before,
      limit: PAGE_SIZE,
    };
    const [page, names] = await Promise.all([listJobs(client, request), ventureNames()]);
    const running = page.items.filter((job) => job.state === "running").map((job) => job.id);
    const columns = Object.keys(openRun.shape).join(",");
    const query = client.from("runs").select(columns).in("job_id", running).is("ended_at", null);
    const runs = running.length === 0 ? [] : await read(query, z.array(openRun), "runs");
    const now = Date.now();
    const rows = page.items.map((job) =>
      toRow(
        job,
        names.get(job.venture) ?? job.venture,
        runs.find((run) => run.job_id === job.id) ?? null,
        workers,
        now,
      ),
    );
    return { rows, next: page.next, cut: page.cut, freshForMs: (2 * leaseMs) / 30 };
  });
}

function toRow(
  job: Job,
  ventureName: string,
  run: z.output<typeof openRun> | null,
  workers: ReadonlyMap<string, string>,
  now: number,
): JobRow {
  const { note, until } = noteOf(job, now);
  return {
    id: job.id,
    type: job.type,
    title: jobTitle(job),
    venture: job.venture,
    ventureName,
    state: job.state,
    runNo: job.run_no,
    createdAt: job.created_at,
    startedAt: run?.started_at ?? null,
    endedAt: job.ended_at,
    costMicrousd: job.cost_microusd,
    urgent: job.urgent,
    note,
    until,
    beat: run ? { at: run.listed_at, worker: workers.get(run.worker_id) ?? "unknown worker" } : null,
  };
}

function noteOf(job: Job, now: number): { note: string; until: string | null } {
  switch (job.state) {
    case "submitted":
      return { note: "waits for admission", until: null };
    case "held":
      return { note: job.held_until ? "expires in" : "waits for a person", until: job.held_until };
    case "queued":
      if (job.blocked_by) return { note: blockedByWords(job.blocked_by), until: null };
      if (Date.parse(job.run_at) > now && job.waits_for !== null)
        return { note: `${waitsForWords(job.waits_for)}, at most`, until: job.run_at };
      if (Date.parse(job.run_at) > now)
        return { note: job.decided_from ? "approved, starts in" : "starts in", until: job.run_at };
      return { note: "ready, waits for a slot", until: null };
    case "running":
      return { note: job.cancel_requested_at ? "cancel requested" : "", until: null };
    default:
      return { note: job.reason ? reasonWords(job.reason) : "", until: null };
  }
}

export const readJobTypes = cache(() => attempt(async () => listJobTypes(await operatorClient())));

const stateRow = z.object({ id: z.string(), state: z.enum(JOB_STATES) });

/** The states of these jobs now: for rows that left the filter while they were looked at. */
export async function readStates(ids: readonly string[]): Promise<z.output<typeof stateRow>[]> {
  const client = await operatorClient();
  return read(
    client
      .from("jobs")
      .select("id,state")
      .in("id", [...ids]),
    z.array(stateRow),
    "jobs",
  );
}

export interface JobPage extends JobDetail {
  events: JobEvent[];
  /** True: there are more events than the 500 that were read. */
  moreEvents: boolean;
}

const MAX_EVENTS = 500;

/** One job with its events, once per request. */
export const readJob = cache((id: string): Promise<Result<JobPage>> =>
  attempt(async () => {
    const client = await operatorClient();
    const [detail, events] = await Promise.all([readJobDetail(client, id), jobEvents(client, id, 0, MAX_EVENTS)]);
    return { ...detail, events, moreEvents: events.length === MAX_EVENTS };
  }),
);

/** The facts of two jobs; without the other: of the last of its type that succeeded before it. */
export function readComparison(a: string, b: string | null): Promise<Result<JobComparison>> {
  return attempt(async () => readJobComparison(await operatorClient(), a, b));
}

export interface LogPage {
  chunks: LogChunk[];
  /** True: the run has ended and everything it wrote has been read. */
  done: boolean;
}

/** A run's output after a chunk. */
export async function readLog(id: string, runNo: number, after: number): Promise<LogPage> {
  const client = await operatorClient();
  const run = z.array(z.object({ ended_at: z.string().nullable() }));
  const ended = await read(
    client.from("runs").select("ended_at").eq("job_id", id).eq("run_no", runNo).limit(1),
    run,
    "runs",
  );
  const chunks = await jobLogs(client, id, runNo, after);
  return { chunks, done: chunks.length === 0 && ended[0]?.ended_at !== null };
}
