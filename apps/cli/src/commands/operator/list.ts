import type { Command } from "commander";
import { listOperators } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { list } from "../../core/outcome.ts";
import { table } from "../../format/table.ts";
import { relative } from "../../format/time.ts";

/** `holdpoint operator list` */
export function addOperatorList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "the operators: all for an admin of the fleet, else only you",
    examples: ["operator list", "operator list --json"],
    async run(context) {
      const operators = await listOperators(await context.client());
      const rows = operators.map((one) => [
        one.email,
        one.active ? "active" : "inactive",
        one.memberships.map(({ venture, role }) => `${role} in ${venture}`).join(", "),
        relative(one.created_at, context.clock),
      ]);
      return { document: list(operators), text: table(["E-MAIL", "ACTIVE", "MAY", "ADDED"], rows) };
    },
  });
}
