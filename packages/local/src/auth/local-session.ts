import { randomUUID } from "node:crypto";
import pg from "pg";
import { createPeopleClient, sessionFile } from "@holdpoint/db/people";
import type { PeopleClient } from "@holdpoint/db/people";

export interface LocalSessionOptions {
  ownerUrl: string;
  restUrl: string;
  anonKey: string;
  /** `<data dir>/session.json`, where the command line looks. */
  sessionPath: string;
  userId: string;
}

/**
 * A client signed in as the local operator, through the session file that the command line uses. When the session there
 * has ended, a new one is made by SQL: whoever owns the data folder owns the database.
 */
export async function openLocalSession(options: LocalSessionOptions): Promise<PeopleClient> {
  const client = createPeopleClient({
    url: options.restUrl,
    anonKey: options.anonKey,
    storage: sessionFile(options.sessionPath),
  });
  const found = await client.auth.getUser();
  if (found.data.user?.id === options.userId) return client;
  const refreshToken = await mintSession(options.ownerUrl, options.userId);
  const { error } = await client.auth.refreshSession({ refresh_token: refreshToken });
  if (error) throw error;
  return client;
}

async function mintSession(ownerUrl: string, userId: string): Promise<string> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: "holdpoint-setup" });
  await client.connect();
  try {
    const token = randomUUID();
    await client.query(
      `with session as (
         insert into auth.sessions (id, user_id, created_at, updated_at) values (gen_random_uuid(), $1, now(), now()) returning id)
       insert into auth.refresh_tokens (id, token, user_id, session_id) select gen_random_uuid()::text, $2, $1, id from session`,
      [userId, token],
    );
    return token;
  } finally {
    await client.end();
  }
}
