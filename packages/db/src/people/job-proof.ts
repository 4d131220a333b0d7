import { jobIdSchema } from "@holdpoint/policy";
import { jobProof } from "../audit/pack-shape.ts";
import type { JobProof } from "../audit/pack-shape.ts";
import { callRpc, parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

/** What proves the history of one job; `packText` of @holdpoint/db/audit makes the file of it. Throws not_found. */
export function readJobProof(client: PeopleClient, id: string): Promise<JobProof> {
  return callRpc(client, "job_proof", { p_job: parseInput(jobIdSchema, id) }, jobProof);
}
