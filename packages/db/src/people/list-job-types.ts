import { z } from "zod";
import { amount } from "./amount.ts";
import { answer } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const jobType = z.object({
  name: z.string(),
  version: z.number(),
  description: z.string(),
  payload_schema: z.record(z.string(), z.unknown()),
  size: z.enum(["small", "medium", "large"]),
  queue: z.string().nullable(),
  estimate_microusd: amount,
  ceiling_microusd: amount,
  timeout_ms: z.number(),
  effect_kinds: z.array(z.string()),
  approval: z.boolean(),
  announced_at: instant,
});
export type JobType = z.output<typeof jobType>;

/** The types that workers announced, each in its highest version, by name. */
export async function listJobTypes(client: PeopleClient): Promise<JobType[]> {
  const columns = Object.keys(jobType.shape).join(",");
  const request = client.from("job_types").select(columns).order("name").order("version", { ascending: false });
  const all = await answer(request.limit(1000), z.array(jobType), "job_types");
  return all.filter((one, index) => all[index - 1]?.name !== one.name);
}
