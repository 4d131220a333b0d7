import { listWorkers, type PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { unknownName } from "./unknown-name.ts";

/** Runs a call; when it answers that the worker is unknown, says which one was probably meant. */
export async function withWorkerName<T>(client: PeopleClient, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.reason !== "unknown_worker") throw error;
    const valid = [...new Set((await listWorkers(client)).map((worker) => worker.name))];
    throw unknownName({ what: "worker", field: "worker", name, valid, code: error.code });
  }
}
