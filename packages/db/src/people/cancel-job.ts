import { JOB_STATES, jobIdSchema, reasonSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({ job: jobIdSchema, reason: reasonSchema });
export const canceled = z.object({
  id: z.string(),
  state: z.enum(JOB_STATES),
  /** True: the job was running; its worker has been asked and the run ends as canceled unless it settled first. */
  cancel_requested: z.boolean().default(false),
});
export type Canceled = z.output<typeof canceled>;

/** Cancels a job that has not ended, or asks its run to stop. Throws conflict when the job has ended. */
export function cancelJob(client: PeopleClient, request: z.input<typeof input>): Promise<Canceled> {
  const { job, reason } = parseInput(input, request);
  return callRpc(client, "cancel_job", { p_job: job, p_reason: reason }, canceled);
}
