import { jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { answer, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const logChunk = z.object({
  run_no: z.number(),
  chunk_no: z.number(),
  at: instant,
  stream: z.enum(["log", "stdout", "stderr", "cut"]),
  text: z.string(),
});
export type LogChunk = z.output<typeof logChunk>;

/** Output chunks of a run of a job after chunk `after` (begin with -1), in order, at most 100 of up to 64 kB each. */
export function jobLogs(client: PeopleClient, id: string, runNo: number, after = -1): Promise<LogChunk[]> {
  const request = client
    .from("run_logs")
    .select("run_no,chunk_no,at,stream,text")
    .eq("job_id", parseInput(jobIdSchema, id))
    .eq("run_no", runNo)
    .gt("chunk_no", after)
    .order("chunk_no")
    .limit(100);
  return answer(request, z.array(logChunk), "run_logs");
}
