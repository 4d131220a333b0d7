import { submitRequestSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import type { JobRequest } from "./submit-job.ts";

const asked = z.object({
  id: z.string(),
  /** False: no worker is heard from, so nobody will answer (NOT RUNNING). */
  worker_live: z.boolean(),
});
export type PreviewAsked = z.output<typeof asked>;

/** Asks what admission would decide about this request. Nothing is submitted. The answer is read with `readPreview`. */
export function requestPreview(client: PeopleClient, request: JobRequest): Promise<PreviewAsked> {
  const { key: _unused, ...asking } = parseInput(submitRequestSchema, request);
  return callRpc(client, "request_preview", { p_request: asking }, asked);
}
