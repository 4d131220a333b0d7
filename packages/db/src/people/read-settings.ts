import { z } from "zod";
import { answer } from "./call.ts";
import type { PeopleClient } from "./client.ts";

export const settings = z.object({
  lease_ms: z.number(),
  approval_delay_ms: z.number(),
  approval_expires_ms: z.number(),
  stop_kill_ms: z.number(),
  venture_concurrency: z.number(),
  venture_first_starts_per_hour: z.number(),
  max_workers: z.number(),
  time_zone: z.string(),
  policy_version: z.number(),
});
export type Settings = z.output<typeof settings>;

/** The fleet's settings. */
export function readSettings(client: PeopleClient): Promise<Settings> {
  const columns = Object.keys(settings.shape).join(",");
  return answer(client.from("settings").select(columns).single(), settings, "settings");
}
