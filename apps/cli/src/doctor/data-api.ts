import { whoami } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { check, type Check, type Checker } from "./check.ts";

/** The data API answers, and the session is one of an operator. */
export const checkDataApi: Checker = async (context) => {
  let url: string;
  try {
    ({ url } = await context.connect());
  } catch (error) {
    const known = error instanceof HoldpointError ? error : null;
    return [check("data api", "fail", known?.message ?? "The connection cannot be determined.", known?.remedy ?? null)];
  }
  try {
    const identity = await whoami(await context.client());
    return [check("data api", "pass", `${url} answers.`), check("session", "pass", `Signed in as ${identity.email}.`)];
  } catch (error) {
    return failure(url, error);
  }
};

function failure(url: string, error: unknown): Check[] {
  const known = error instanceof HoldpointError ? error : null;
  if (known?.code === "unauthenticated" || known?.code === "forbidden") {
    return [check("data api", "pass", `${url} answers.`), check("session", "fail", known.message, "holdpoint login")];
  }
  const remedy = known?.remedy ?? "Start the local stack (`npm start`), or check SUPABASE_URL and the network.";
  return [check("data api", "fail", `${url}: ${known?.message ?? "unexpected failure."}`, remedy)];
}
