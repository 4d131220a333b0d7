import { jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { comment } from "./job-detail.ts";

const input = z.strictObject({ job: jobIdSchema, text: z.string().trim().min(1, "say something").max(4_000) });

export const commented = comment.extend({ job_id: z.string() });
export type Commented = z.output<typeof commented>;

/** Adds to the thread of a job, whatever its state. */
export function addComment(client: PeopleClient, request: z.input<typeof input>): Promise<Commented> {
  const given = parseInput(input, request);
  return callRpc(client, "add_comment", { p_job: given.job, p_text: given.text }, commented);
}
