import { isAuthRetryableFetchError } from "@supabase/supabase-js";
import type { PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import type { Connection } from "./connection.ts";

/**
 * The connection's client when its file holds a session, refreshed if it has run out. Throws unauthenticated when there
 * is none or it cannot be refreshed any more, unavailable when the auth service does not answer.
 */
export async function signedIn({ client, url, kind }: Connection): Promise<PeopleClient> {
  const { data, error } = await client.auth.getSession();
  if (data.session) return client;
  if (error && isAuthRetryableFetchError(error)) {
    throw new HoldpointError("unavailable", "auth_unreachable", `${url} does not answer.`, {
      remedy: kind === "local" ? "Start the local stack: npm start" : "Check SUPABASE_URL and the network.",
      cause: error,
    });
  }
  const why = error ? "The session has ended." : "Nobody is signed in.";
  throw new HoldpointError("unauthenticated", "not_signed_in", why, {
    remedy: kind === "local" ? "holdpoint login, or start the local stack again: it signs in." : "holdpoint login",
    cause: error,
  });
}
