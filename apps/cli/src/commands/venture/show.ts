import type { Command } from "commander";
import { showVenture } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { withVentureName } from "../../core/venture-name.ts";
import { ventureText } from "../../format/venture.ts";

/** `holdpoint venture show` */
export function addVentureShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show <key>",
    description: "one venture",
    examples: ["venture show acme"],
    async run(context, args) {
      const client = await context.client();
      const key = args[0] ?? "";
      const venture = await withVentureName(client, key, () => showVenture(client, key));
      return { document: venture, text: ventureText(venture, context) };
    },
  });
}
