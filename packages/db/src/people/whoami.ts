import { z } from "zod";
import { callRpc } from "./call.ts";
import type { PeopleClient } from "./client.ts";
import { instant } from "./instant.ts";

export const identity = z.object({
  user_id: z.string(),
  email: z.string(),
  must_change: z.boolean(),
  /** The database's clock. */
  now: instant,
  memberships: z.array(z.object({ venture: z.string(), role: z.enum(["viewer", "approver", "admin"]) })),
});
export type Identity = z.output<typeof identity>;

/** Who the session belongs to and what it may do. Throws unauthenticated without a live session of an active operator. */
export function whoami(client: PeopleClient): Promise<Identity> {
  return callRpc(client, "whoami", {}, identity);
}
