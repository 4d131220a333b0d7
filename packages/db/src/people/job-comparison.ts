import { jobIdSchema } from "@holdpoint/policy";
import { z } from "zod";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { comparable } from "./comparable-shape.ts";

const pair = z.object({ job: comparable, other: comparable.nullable() });
export type JobComparison = z.output<typeof pair>;

/** The facts of two jobs; without the other: of the last one of its type that succeeded before it (null: none did). */
export function readJobComparison(
  client: PeopleClient,
  id: string,
  other: string | null = null,
): Promise<JobComparison> {
  const args = { p_job: parseInput(jobIdSchema, id), p_other: other === null ? null : parseInput(jobIdSchema, other) };
  return callRpc(client, "job_comparison", args, pair);
}
