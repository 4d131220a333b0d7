import type { Command } from "commander";
import { listApprovals } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { list } from "../../core/outcome.ts";
import { waitingTable } from "../../format/job.ts";

/** `holdpoint approvals list` */
export function addApprovalsList(parent: Command, runner: Runner): void {
  addCommand<{ venture?: string }>(parent, runner, {
    usage: "list",
    description: "jobs that wait for a person, by when they expire",
    options: [option("--venture <key>", "only of this venture")],
    examples: ["approvals list", "approvals list --venture acme --json"],
    async run(context, _args, options) {
      const items = await listApprovals(await context.client(), options.venture ? { venture: options.venture } : {});
      return {
        document: list(items),
        text: items.length > 0 ? waitingTable(items, context) : "Nothing waits for a person.",
      };
    },
  });
}
