import { z } from "zod";
import { JOB_STATES } from "@holdpoint/policy";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { typeName, ventureKey } from "./keys.ts";

export const jobRequest = z
  .strictObject({
    type: typeName,
    venture: ventureKey,
    payload: z.record(z.string(), z.unknown()).default({}),
    /** Idempotency key: a second submit with the same key answers with the first job. */
    key: z.string().min(1).max(200).optional(),
    run_at: z.iso.datetime({ offset: true }).optional(),
    /** Milliseconds from the database's now; instead of run_at. */
    in_ms: z.int().min(0).optional(),
    urgent: z.boolean().optional(),
    start_by: z.iso.datetime({ offset: true }).optional(),
    end_by: z.iso.datetime({ offset: true }).optional(),
  })
  .refine((request) => request.run_at === undefined || request.in_ms === undefined, {
    message: "give run_at or in_ms, not both",
    path: ["run_at"],
  });
export type JobRequest = z.input<typeof jobRequest>;

export const submitted = z.object({
  id: z.string(),
  state: z.enum(JOB_STATES),
  /** True: the key was used before and this is the first job. */
  repeated: z.boolean().default(false),
});
export type Submitted = z.output<typeof submitted>;

/** Submits a job. Committed when this resolves; policy decides about it afterwards. Safe to repeat with the same key. */
export function submitJob(client: PeopleClient, request: JobRequest): Promise<Submitted> {
  return callRpc(client, "submit_job", { p_request: parseInput(jobRequest, request) }, submitted);
}
