import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";

export const stop = z.object({
  id: z.string(),
  scope: z.string(),
  key: z.string(),
  reason: z.string(),
  since: instant,
  effective_at: maybeInstant,
  by: z.string(),
  /** STOPPED only when every run in scope has confirmed. */
  phase: z.enum(["STOPPING", "STOPPED"]),
  /** All of them; open_runs has those that this operator may see. */
  open_count: z.number(),
  open_runs: z.array(
    z.object({
      job_id: z.string(),
      run_no: z.number(),
      worker: z.string().nullable(),
      lease_until: instant,
    }),
  ),
});
export type Stop = z.output<typeof stop>;

/** The stops in force, oldest first, each with the runs that have not confirmed. */
export function stopStatus(client: PeopleClient): Promise<Stop[]> {
  return callRpc(client, "stop_status", {}, z.array(stop));
}
