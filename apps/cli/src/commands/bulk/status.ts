import type { Command } from "commander";
import { listBulk } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { notDoneText, operationText } from "../../format/bulk.ts";

/** `holdpoint bulk status` */
export function addBulkStatus(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "status <operation>",
    description: "how far an operation is, and which jobs it could not decide",
    examples: ["bulk status 0b5c…", "bulk status 0b5c… --json"],
    async run(context, args) {
      const [operation] = await listBulk(await context.client(), args[0] ?? "");
      if (operation === undefined) throw new Error("the operation was answered empty");
      const text = [operationText(operation, context), notDoneText(operation)]
        .filter((part) => part !== "")
        .join("\n\n");
      return { document: operation, text };
    },
  });
}
