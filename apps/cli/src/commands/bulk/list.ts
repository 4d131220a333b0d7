import type { Command } from "commander";
import { listBulk } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { operationTable } from "../../format/bulk.ts";

/** `holdpoint bulk list` */
export function addBulkList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "operations, latest first",
    examples: ["bulk list", "bulk list --json"],
    async run(context) {
      const operations = await listBulk(await context.client());
      return { document: { items: operations }, text: operationTable(operations, context) };
    },
  });
}
