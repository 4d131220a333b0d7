import "server-only";
import { listJobTypes, listLimits, type Limits } from "@holdpoint/db/people";
import { cache } from "react";
import { attempt, type Result } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** Every limit that this operator may see, with how full it is now. */
export const readLimits = cache((): Promise<Result<Limits>> => attempt(async () => listLimits(await operatorClient())));

/** Names of job types. Only suggestions, so empty is fine. */
export async function readTypeNames(): Promise<string[]> {
  const types = await attempt(async () => listJobTypes(await operatorClient()));
  return types.ok ? types.data.map((one) => one.name) : [];
}
