import "server-only";
import { readRetention, type Retention } from "@holdpoint/db/people";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** Which months of jobs are kept, until when and why, and which were dropped. */
export function readMonths(): Promise<Result<Retention>> {
  return attempt(async () => readRetention(await operatorClient()));
}
