import type { Identity } from "@holdpoint/db/people";
import { facts } from "./table.ts";

/** Who is signed in, for people. */
export function identityText(identity: Identity): string {
  return facts([
    ["operator", identity.email],
    ["id", identity.user_id],
    ["may", identity.memberships.map(({ venture, role }) => `${role} in ${venture}`).join("\n") || "see nothing yet"],
  ]);
}
