import { listJobTypes, type JobType, type PeopleClient } from "@holdpoint/db/people";
import { unknownName } from "./unknown-name.ts";

/** The announced job type of this name. Throws not_found with the nearest name. */
export async function findJobType(client: PeopleClient, name: string): Promise<JobType> {
  const types = await listJobTypes(client);
  const found = types.find((one) => one.name === name);
  if (found) return found;
  throw unknownName({
    what: "job type",
    field: "type",
    name,
    valid: types.map((one) => one.name),
    code: "not_found",
    remedy: types.length === 0 ? "Start a worker: it announces its types." : "`holdpoint jobs types` lists them.",
  });
}
