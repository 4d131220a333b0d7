import { listJobTypes, listVentures, listWorkers, type PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { unknownName } from "./unknown-name.ts";

/** Runs a call about a scope and key; when it answers that the key is unknown, says which one was probably meant. */
export async function withTargetName<T>(
  client: PeopleClient,
  scope: string,
  key: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const unknown =
      error instanceof HoldpointError && ["unknown_key", "unknown_venture", "unknown_job_type"].includes(error.reason);
    if (!unknown) throw error;
    throw unknownName({ what: scope, field: "key", name: key, valid: await namesIn(client, scope), code: error.code });
  }
}

async function namesIn(client: PeopleClient, scope: string): Promise<string[]> {
  switch (scope) {
    case "lane":
      return ["build", "eval"];
    case "queue":
      return ["job", "priority", "scheduled", "report"];
    case "venture":
      return (await listVentures(client)).map((one) => one.key);
    case "type":
      return (await listJobTypes(client)).map((one) => one.name);
    case "worker":
      return [...new Set((await listWorkers(client)).map((one) => one.name))];
    default:
      return [];
  }
}
