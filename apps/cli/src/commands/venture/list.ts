import type { Command } from "commander";
import { listVentures } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { list } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";
import { table } from "../../format/table.ts";

/** `holdpoint venture list` */
export function addVentureList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "the ventures that you may see",
    examples: ["venture list", "venture list --json"],
    async run(context) {
      const ventures = await listVentures(await context.client());
      const rows = ventures.map((one) => [
        one.key,
        clean(one.name),
        one.trusted ? "trusted" : "",
        clean(one.url ?? ""),
      ]);
      const text = rows.length > 0 ? table(["KEY", "NAME", "TRUST", "URL"], rows) : "No ventures that you may see.";
      return { document: list(ventures), text };
    },
  });
}
