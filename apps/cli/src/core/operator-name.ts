import { listOperators, type PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { unknownName } from "./unknown-name.ts";

/** Runs a call; when it answers that the operator is unknown, says which one was probably meant. */
export async function withOperatorName<T>(client: PeopleClient, email: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.reason !== "unknown_operator") throw error;
    const valid = (await listOperators(client)).map((one) => one.email);
    throw unknownName({ what: "operator", field: "email", name: email, valid, code: error.code });
  }
}
