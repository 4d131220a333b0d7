import { join } from "node:path";
import { isAuthRetryableFetchError } from "@supabase/supabase-js";
import { toHoldpointError } from "@holdpoint/db";
import { sessionFile, whoami, type PeopleClient } from "@holdpoint/db/people";
import { openLocalSession } from "@holdpoint/local";
import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import type { Connection } from "./connection.ts";
import { readLocalFile } from "./local-file.ts";
import { localOwnerUrl, readJson } from "./owner.ts";

/**
 * The connection's client when its file holds a live session, refreshed if it has run out. A session that was ended
 * elsewhere (a changed password ends all others) would read empty lists, so it is checked first; the local stack's own
 * operator then gets a new one. Throws unauthenticated when nobody is signed in, forbidden when the session has ended
 * or is no operator's, unavailable when the auth service does not answer.
 */
export async function signedIn(connection: Connection): Promise<PeopleClient> {
  const { client, url, kind } = connection;
  const user = await userOfFile(connection.sessionPath);
  const { data, error } = await client.auth.getSession();
  if (error && isAuthRetryableFetchError(error)) {
    throw new HoldpointError("unavailable", "auth_unreachable", `${url} does not answer.`, {
      remedy: kind === "local" ? "Start the local stack: npm start" : "Check SUPABASE_URL and the network.",
      cause: error,
    });
  }
  const ended = data.session ? await reasonEnded(client) : notSignedIn(kind, error);
  if (!ended) return client;
  const renewed = user === null ? null : await renewLocal(connection, user);
  if (!renewed) throw ended;
  return renewed;
}

function notSignedIn(kind: Connection["kind"], error: Error | null): HoldpointError {
  const why = error ? "The session has ended." : "Nobody is signed in.";
  return new HoldpointError("unauthenticated", "not_signed_in", why, {
    remedy: kind === "local" ? "holdpoint login, or start the local stack again: it signs in." : "holdpoint login",
    cause: error,
  });
}

/** Why the session is worth nothing any more, or null when it stands. Throws when the server cannot say. */
async function reasonEnded(client: PeopleClient): Promise<HoldpointError | null> {
  try {
    await whoami(client);
    return null;
  } catch (thrown) {
    const error = toHoldpointError(thrown);
    if (error.code === "forbidden" || error.code === "unauthenticated") return error;
    throw error;
  }
}

const storedSession = z.object({ user: z.object({ id: z.string() }) });

async function userOfFile(sessionPath: string): Promise<string | null> {
  const text = await sessionFile(sessionPath).getItem("holdpoint");
  const parsed = text === null ? null : storedSession.safeParse(JSON.parse(text));
  return parsed?.success ? parsed.data.user.id : null;
}

/** A new session when the ended one was that of the local stack's own operator; null for everybody else. */
async function renewLocal({ dataDir, sessionPath }: Connection, user: string): Promise<PeopleClient | null> {
  if (dataDir === null) return null;
  const local = await readLocalFile(dataDir);
  const admin = z.object({ admin: z.object({ userId: z.string() }) });
  const state = await readJson(join(dataDir, "state.json"), admin).catch(() => null);
  if (!local || state?.admin.userId !== user) return null;
  return openLocalSession({
    ownerUrl: await localOwnerUrl(dataDir),
    restUrl: local.rest_url,
    anonKey: local.anon_key,
    sessionPath,
    userId: user,
  });
}
