import "server-only";
import {
  listApprovals,
  listStanding,
  readDecisionMeasures,
  readJobDetail,
  instant,
  type DecisionMeasures,
  type JobDetail,
  type Standing,
  type Waiting,
} from "@holdpoint/db/people";
import { DECISION_VERBS, JOB_STATES } from "@holdpoint/policy";
import { cache } from "react";
import { z } from "zod";
import { read } from "../../server/read.ts";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";
import { jobTitle } from "../jobs/title.ts";
import { ventureNames } from "../ventures/queries.ts";

const INBOX_LIMIT = 200;

export interface InboxItem extends Waiting {
  title: string;
  ventureName: string;
}

export interface Inbox {
  /** Held jobs by expiry: what an answer can still be given to. */
  waiting: InboxItem[];
  /** Dead and quarantined jobs, newest first. */
  broken: InboxItem[];
  /** True: there are more than the 200 that were read. */
  cut: boolean;
}

const refsOf = z.array(z.object({ id: z.string(), refs: z.unknown() }));

/** What waits for a person, once per request. */
export const readInbox = cache((): Promise<Result<Inbox>> =>
  attempt(async () => {
    const client = await operatorClient();
    const [rows, names] = await Promise.all([listApprovals(client, { limit: INBOX_LIMIT }), ventureNames()]);
    const ids = rows.map((row) => row.id);
    const refs =
      ids.length === 0 ? [] : await read(client.from("jobs").select("id,refs").in("id", ids), refsOf, "jobs");
    const refsById = new Map(refs.map((row) => [row.id, row.refs]));
    const items = rows.map((row): InboxItem => {
      const ventureName = names.get(row.venture) ?? row.venture;
      const asked = row.held_for === "park" ? row.reason : null;
      return { ...row, ventureName, title: asked ?? jobTitle({ type: row.type, refs: refsById.get(row.id) }) };
    });
    return {
      waiting: items.filter((item) => item.state === "held"),
      broken: items
        .filter((item) => item.state !== "held")
        .toSorted((a, b) => b.updated_at.localeCompare(a.updated_at)),
      cut: rows.length === INBOX_LIMIT,
    };
  }),
);

const decisionRow = z.object({
  id: z.string(),
  job_id: z.string(),
  venture: z.string(),
  verb: z.enum(DECISION_VERBS),
  by_email: z.string(),
  reason: z.string().nullable(),
  at: instant,
});
const decidedJob = z.object({
  id: z.string(),
  type: z.string(),
  state: z.enum(JOB_STATES),
  refs: z.unknown(),
  run_at: instant,
  decided_from: z.string().nullable(),
});

export interface DecidedItem extends z.output<typeof decisionRow> {
  title: string;
  ventureName: string;
  state: (typeof JOB_STATES)[number];
  /** Until when an undo works for certain; null when it is over. */
  undoUntil: string | null;
}

const DAY_MS = 24 * 3_600_000;

/** The last answer to each job of the last 24 hours, newest first. */
export const readDecided = cache((): Promise<Result<DecidedItem[]>> =>
  attempt(async () => {
    const client = await operatorClient();
    const since = new Date(Date.now() - DAY_MS).toISOString();
    const columns = Object.keys(decisionRow.shape).join(",");
    const request = client
      .from("decisions")
      .select(columns)
      .gte("at", since)
      .order("at", { ascending: false })
      .limit(60);
    const [all, names] = await Promise.all([read(request, z.array(decisionRow), "decisions"), ventureNames()]);
    const latest = all
      .filter((row, index) => all.findIndex((other) => other.job_id === row.job_id) === index)
      .slice(0, 20);
    const ids = latest.map((row) => row.job_id);
    const jobColumns = Object.keys(decidedJob.shape).join(",");
    const jobs =
      ids.length === 0
        ? []
        : await read(client.from("jobs").select(jobColumns).in("id", ids), z.array(decidedJob), "jobs");
    return latest.flatMap((row) => {
      const job = jobs.find((one) => one.id === row.job_id);
      if (!job) return [];
      const ventureName = names.get(row.venture) ?? row.venture;
      const undoUntil = job.state === "queued" && job.decided_from !== null ? job.run_at : null;
      return [{ ...row, ventureName, title: jobTitle(job), state: job.state, undoUntil }];
    });
  }),
);

/** Everything the card shows, once per request. */
export const readCard = cache((id: string): Promise<Result<JobDetail>> =>
  attempt(async () => readJobDetail(await operatorClient(), id)),
);

/** Standing approvals; those that somebody has ended only when asked for. */
export const readStanding = cache((all: boolean): Promise<Result<Standing[]>> =>
  attempt(async () => listStanding(await operatorClient(), all)),
);

/** How decisions were made in the last 30 days. */
export function readMeasures(): Promise<Result<DecisionMeasures>> {
  return attempt(async () => readDecisionMeasures(await operatorClient()));
}
