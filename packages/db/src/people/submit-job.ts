import { JOB_STATES, submitRequestSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

export type JobRequest = z.input<typeof submitRequestSchema>;

export const submitted = z.object({
  id: z.string(),
  /** "ended": the key was used long ago and that job is no longer kept. */
  state: z.enum([...JOB_STATES, "ended"]),
  /** True: the key was used before and this is the first job. */
  repeated: z.boolean(),
  /** With a debounce: whether it replaced the payload of a job that had not started. */
  debounced: z.boolean().optional(),
});
export type Submitted = z.output<typeof submitted>;

/** Submits a job. Committed when this resolves; policy decides about it afterwards. Safe to repeat with the same key. */
export function submitJob(client: PeopleClient, request: JobRequest): Promise<Submitted> {
  return callRpc(client, "submit_job", { p_request: parseInput(submitRequestSchema, request) }, submitted);
}
