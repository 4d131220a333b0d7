import { AuthError, isAuthRetryableFetchError } from "@supabase/supabase-js";
import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import { toHoldpointError } from "../errors.ts";
import { parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  email: z.email("must be an e-mail address"),
  password: z.string().min(1, "must not be empty"),
});

/**
 * Signs in with e-mail and password; the session goes into the client's storage.
 * @throws HoldpointError unauthenticated `invalid_credentials`, unavailable `too_many_tries` or `auth_unreachable`.
 */
export async function signIn(client: PeopleClient, request: z.input<typeof input>): Promise<void> {
  const { error } = await client.auth.signInWithPassword(parseInput(input, request));
  if (error) throw authError(error);
}

/** An error of the auth service in our shape. */
export function authError(error: AuthError): HoldpointError {
  const facts = { cause: error };
  if (error.status === 429) {
    return new HoldpointError("unavailable", "too_many_tries", "Too many tries to sign in: wait a minute.", facts);
  }
  if (isAuthRetryableFetchError(error) || (error.status ?? 0) >= 500) {
    return new HoldpointError("unavailable", "auth_unreachable", "The sign-in service does not answer.", facts);
  }
  if (error.code === "invalid_credentials" || error.status === 400) {
    return new HoldpointError("unauthenticated", "invalid_credentials", "E-mail or password is wrong.", facts);
  }
  return toHoldpointError(error);
}
