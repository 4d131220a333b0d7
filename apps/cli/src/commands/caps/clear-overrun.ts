import type { Command } from "commander";
import { clearOverrun } from "@holdpoint/db/people";
import { addCommand, requiredOption, type Runner } from "../../core/command.ts";
import { withVentureName } from "../../core/venture-name.ts";

/** `holdpoint caps clear-overrun` */
export function addCapsClearOverrun(parent: Command, runner: Runner): void {
  addCommand<{ reason: string }>(parent, runner, {
    usage: "clear-overrun <venture>",
    description: "let a venture's paid work start again after a job cost more than was set aside; needs an admin",
    options: [requiredOption("--reason <text>", "what you found; everybody sees it")],
    examples: ['caps clear-overrun acme --reason "the provider had doubled its price; the ceiling is raised"'],
    notes: "What was spent too much stays booked and counts in its period.",
    async run(context, args, { reason }) {
      const client = await context.client();
      const venture = args[0] ?? "";
      const cleared = await withVentureName(client, venture, () => clearOverrun(client, { venture, reason }));
      return { document: cleared, text: `Paid work of ${cleared.venture} may start again.` };
    },
  });
}
