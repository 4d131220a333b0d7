import type { PeopleClient } from "./client.ts";
import { authError } from "./sign-in.ts";

/** Ends this session on the server and forgets it here. A session that had ended already is no error. */
export async function signOut(client: PeopleClient): Promise<void> {
  const { error } = await client.auth.signOut({ scope: "local" });
  if (error && error.status !== 401 && error.status !== 403 && error.status !== 404) throw authError(error);
}
