import type { Command } from "commander";
import { deactivateOperator } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { withOperatorName } from "../../core/operator-name.ts";

/** `holdpoint operator deactivate` */
export function addOperatorDeactivate(parent: Command, runner: Runner): void {
  addCommand<{ reason?: string }>(parent, runner, {
    usage: "deactivate <email>",
    description: "end what an operator may do, and all its sessions, at once",
    options: [option("--reason <text>", "why, for the record")],
    examples: ['operator deactivate ana@acme.example --reason "left the company"'],
    notes: "The roles stay for a later `operator activate`. Needs an admin of the fleet, which keeps at least one.",
    async run(context, [email = ""], options) {
      const client = await context.client();
      const done = await withOperatorName(client, email, () =>
        deactivateOperator(client, { email, reason: options.reason ?? null }),
      );
      return { document: done, text: `${done.email} is deactivated; sessions ended: ${done.sessions_ended}.` };
    },
  });
}
