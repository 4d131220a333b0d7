import { z } from "zod";
import { toHoldpointError } from "../errors.ts";
import { parseInput } from "./call.ts";
import type { PeopleClient } from "./client.ts";

const input = z.strictObject({
  email: z.email("must be an e-mail address"),
  password: z.string().min(1, "must not be empty"),
});

/** Signs in with e-mail and password; the session goes into the client's storage. Throws unauthenticated for a wrong pair. */
export async function signIn(client: PeopleClient, request: z.input<typeof input>): Promise<void> {
  const { error } = await client.auth.signInWithPassword(parseInput(input, request));
  if (error) throw toHoldpointError(error);
}
