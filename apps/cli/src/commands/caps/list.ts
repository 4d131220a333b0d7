import type { Command } from "commander";
import { listCaps } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { capsText } from "../../format/caps.ts";

/** `holdpoint caps list` */
export function addCapsList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "the caps with what is spent, set aside and left in the period that runs",
    examples: ["caps list", "caps list --json"],
    async run(context) {
      const caps = await listCaps(await context.client());
      return { document: { ...caps, next: null }, text: capsText(caps, context) };
    },
  });
}
