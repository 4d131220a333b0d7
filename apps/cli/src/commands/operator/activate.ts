import type { Command } from "commander";
import { activateOperator } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { withOperatorName } from "../../core/operator-name.ts";

/** `holdpoint operator activate` */
export function addOperatorActivate(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "activate <email>",
    description: "let a deactivated operator sign in again, with the roles that were kept",
    examples: ["operator activate ana@acme.example"],
    notes: "Needs an admin of the fleet.",
    async run(context, [email = ""]) {
      const client = await context.client();
      const done = await withOperatorName(client, email, () => activateOperator(client, { email }));
      return { document: done, text: `${done.email} is active and may sign in.` };
    },
  });
}
