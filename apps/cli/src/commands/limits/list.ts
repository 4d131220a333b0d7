import type { Command } from "commander";
import { listLimits } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { limitsText } from "../../format/limits.ts";

/** `holdpoint limits list` */
export function addLimitsList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "the limits with what counts on each now, and which are full",
    examples: ["limits list", "limits list --json"],
    async run(context) {
      const limits = await listLimits(await context.client());
      return { document: { ...limits, next: null }, text: limitsText(limits, context) };
    },
  });
}
