import { JOB_STATES, jobIdSchema, typeNameSchema, ventureKeySchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput, parseOutput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { job, type Job } from "./job-shape.ts";

const input = z.strictObject({
  states: z.array(z.enum(JOB_STATES)).optional(),
  type: typeNameSchema.optional(),
  venture: ventureKeySchema.optional(),
  /** The id after which the page begins: `next` of the page before. */
  before: jobIdSchema.optional(),
  limit: z.int().min(1).max(500).default(50),
});
export type ListJobsRequest = z.input<typeof input>;

export interface JobPage {
  items: Job[];
  /** Give it as `before` for the next page; null: there is none. */
  next: string | null;
  /** True: the search looked at its 10,000 jobs and stopped; older ones may match. */
  cut: boolean;
}

const row = z.looseObject({ kind: z.string().optional(), id: z.string().nullable() });

/** One page of jobs, newest first. Looks at most at 10,000 jobs. */
export async function listJobs(client: PeopleClient, request: ListJobsRequest = {}): Promise<JobPage> {
  const given = parseInput(input, request);
  const filter = {
    ...(given.states?.length ? { state: given.states } : {}),
    ...(given.type ? { type: given.type } : {}),
    ...(given.venture ? { venture: given.venture } : {}),
  };
  const args = { p_filter: filter, p_before: given.before ?? null, p_limit: given.limit };
  const rows = await callRpc(client, "list_jobs", args, z.array(row));
  const marker = rows.find((one) => one.kind === "cut");
  const items = parseOutput(
    z.array(job),
    rows.filter((one) => one.kind !== "cut"),
    "list_jobs",
  );
  const last = items.at(-1)?.id ?? null;
  if (marker) return { items, next: marker.id ?? last, cut: true };
  return { items, next: items.length === given.limit ? last : null, cut: false };
}
