import { jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { answer, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

const bodyText = z.string().transform((text) => z.looseObject({}).parse(JSON.parse(text)));
const row = z.object({
  seq: z.number(),
  type: z.string(),
  venture: z.string(),
  at: instant,
  body: bodyText,
});

export const jobEvent = z.object({
  seq: z.number(),
  type: z.string(),
  venture: z.string(),
  at: z.string(),
  actor: z.unknown(),
  run: z.number().nullable(),
  data: z.unknown(),
});
export type JobEvent = z.output<typeof jobEvent>;

/** The events of a job after number `after`, in order, at most `limit` (default and most 500). */
export async function jobEvents(client: PeopleClient, id: string, after = 0, limit = 500): Promise<JobEvent[]> {
  const request = client
    .from("job_events")
    .select("seq,type,venture,at,body")
    .eq("stream", parseInput(jobIdSchema, id))
    .gt("seq", after)
    .order("seq")
    .limit(limit);
  const rows = await answer(request, z.array(row), "job_events");
  return rows.map(({ body, ...event }) => {
    const { actor, run, data } = body;
    return { ...event, actor, run: typeof run === "number" ? run : null, data };
  });
}
