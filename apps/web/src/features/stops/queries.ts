import "server-only";
import { listJobTypes, listVentures, listWorkers } from "@holdpoint/db/people";
import { JOB_QUEUES } from "@holdpoint/policy";
import { attempt } from "../../server/result.ts";
import { operatorClient } from "../../server/supabase.ts";

/** Names that a scope may have: ventures, job types, live workers, queues, lanes. Only suggestions, so empty is fine. */
export async function readNames(): Promise<string[]> {
  const names = await attempt(async () => {
    const client = await operatorClient();
    const [ventures, types, workers] = await Promise.all([
      listVentures(client),
      listJobTypes(client),
      listWorkers(client),
    ]);
    return [
      ...ventures.map((one) => one.key),
      ...types.map((one) => one.name),
      ...workers.map((one) => one.name),
      ...JOB_QUEUES,
      "build",
      "eval",
    ];
  });
  return names.ok ? [...new Set(names.data)] : [];
}
