import { jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { hexHash } from "./amount.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const opened = z.object({ job_id: z.string(), plan_hash: hexHash.nullable(), at: instant });
export type Opened = z.output<typeof opened>;

/** Records that this operator has opened the details of a job's present plan. Stands for an hour. */
export function openDetails(client: PeopleClient, job: string): Promise<Opened> {
  return callRpc(client, "open_details", { p_job: parseInput(jobIdSchema, job) }, opened);
}
