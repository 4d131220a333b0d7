import { listVentures, type PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { unknownName } from "./unknown-name.ts";

/** Runs a call; when it answers that the venture is unknown, says which one was probably meant. */
export async function withVentureName<T>(client: PeopleClient, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const unknown = error instanceof HoldpointError && error.reason === "unknown_venture";
    if (!unknown) throw error;
    const valid = (await listVentures(client)).map((venture) => venture.key);
    throw unknownName({
      what: "venture",
      field: "venture",
      name,
      valid,
      code: error.code,
      remedy: "`holdpoint venture list` shows the ones you may see.",
    });
  }
}
