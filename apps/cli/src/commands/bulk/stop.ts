import type { Command } from "commander";
import { stopBulk } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { operationText } from "../../format/bulk.ts";

/** `holdpoint bulk stop` */
export function addBulkStop(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "stop <operation>",
    description: "stop an operation: what is decided stays decided, the rest is left alone",
    examples: ["bulk stop 0b5c…"],
    async run(context, args) {
      const operation = await stopBulk(await context.client(), args[0] ?? "");
      return { document: operation, text: operationText(operation, context) };
    },
  });
}
