import { z } from "zod";
import { answer } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant, maybeInstant } from "./instant.ts";

export const worker = z.object({
  id: z.string(),
  name: z.string(),
  host: z.string(),
  lanes: z.array(z.string()),
  slots: z.number(),
  version: z.string(),
  started_at: instant,
  heartbeat_at: instant,
  progress: z.looseObject({}),
  draining: z.boolean(),
  standby: z.boolean(),
  /** An admin killed it: it aborts what it runs and leaves. */
  killed_at: maybeInstant,
  isolation: z.string(),
});
export type Worker = z.output<typeof worker>;

/** The worker processes that have not left, newest heartbeat first. One that died silently is among them: look at heartbeat_at. */
export function listWorkers(client: PeopleClient): Promise<Worker[]> {
  const columns = Object.keys(worker.shape).join(",");
  const request = client.from("workers").select(columns).is("ended_at", null);
  return answer(request.order("heartbeat_at", { ascending: false }).limit(100), z.array(worker), "workers");
}
