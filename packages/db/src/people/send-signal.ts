import { JOB_STATES, jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  job: jobIdSchema,
  name: z.string().regex(/^[a-z][a-z0-9_.-]{0,62}$/, "must be 1 to 63 characters a-z, 0-9, _, . and -, first a letter"),
  data: z.unknown().default(null),
  /** The same id is the same signal; a new one unless given. */
  id: z.string().min(1).max(200).nullable().default(null),
});

export const sent = z.object({
  job_id: z.string(),
  id: z.string(),
  /** Its place in the job's mailbox. */
  no: z.number(),
  name: z.string(),
  repeated: z.boolean(),
  /** The job waited for it and is ready now. */
  woke: z.boolean(),
  state: z.enum(JOB_STATES),
});
export type Sent = z.output<typeof sent>;

/** Sends a signal to a job that has not ended. Throws conflict when the id was used for another one, or the job has ended. */
export function sendSignal(client: PeopleClient, request: z.input<typeof input>): Promise<Sent> {
  const { job, name, data, id } = parseInput(input, request);
  // JSON null is a value of jsonb; a missing argument would be SQL's.
  const args = { p_job: job, p_name: name, p_data: data as object, p_id: id };
  return callRpc(client, "send_signal", args, sent);
}
