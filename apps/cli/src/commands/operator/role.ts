import type { Command } from "commander";
import { setOperatorRole } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { withOperatorName } from "../../core/operator-name.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { withVentureName } from "../../core/venture-name.ts";

const ROLES = ["viewer", "approver", "admin", "none"] as const;

/** `holdpoint operator role` */
export function addOperatorRole(parent: Command, runner: Runner): void {
  addCommand<{ venture: string }>(parent, runner, {
    usage: "role <email> <role>",
    description: "set an operator's role in a venture: viewer, approver, admin or none",
    options: [option("--venture <key>", "where the role holds; fleet is everywhere").default("fleet")],
    examples: [
      "operator role ana@acme.example admin --venture acme",
      "operator role ana@acme.example none --venture acme",
    ],
    notes: "Holds at once. Needs an admin there; the fleet keeps at least one active admin.",
    async run(context, [email = "", name = ""], { venture }) {
      const role = oneOf("role", "role", name, ROLES);
      const client = await context.client();
      const set = await withVentureName(client, venture, () =>
        withOperatorName(client, email, () => setOperatorRole(client, { email, venture, role })),
      );
      const before = set.before === null ? "none" : set.before;
      return { document: set, text: `${set.email}: ${set.role ?? "no role"} in ${set.venture} (before: ${before}).` };
    },
  });
}
