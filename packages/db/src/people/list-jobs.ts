import { JOB_STATES, jobIdSchema, typeNameSchema, ventureKeySchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { job } from "./job-shape.ts";

const input = z.strictObject({
  states: z.array(z.enum(JOB_STATES)).optional(),
  type: typeNameSchema.optional(),
  venture: ventureKeySchema.optional(),
  /** Where the page begins: `next` of the page before. */
  before: jobIdSchema.optional(),
  limit: z.int().min(1).max(200).default(50),
});
export type ListJobsRequest = z.input<typeof input>;

export const jobPage = z.object({
  items: z.array(job),
  /** Give it as `before` for the next page; null: there is none. */
  next: z.string().nullable(),
  /** True: the search looked at its 10,000 jobs and stopped; go on from `next`, older ones may match. */
  cut: z.boolean(),
});
export type JobPage = z.output<typeof jobPage>;

/** One page of jobs, newest first. Looks at most at 10,000 jobs. */
export function listJobs(client: PeopleClient, request: ListJobsRequest = {}): Promise<JobPage> {
  const { states, type, venture, before, limit } = parseInput(input, request);
  const filter = {
    ...(states && states.length > 0 ? { state: states } : {}),
    ...(type === undefined ? {} : { type }),
    ...(venture === undefined ? {} : { venture }),
  };
  return callRpc(client, "list_jobs", { p_filter: filter, p_before: before ?? null, p_limit: limit }, jobPage);
}
