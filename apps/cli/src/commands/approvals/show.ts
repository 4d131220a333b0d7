import type { Command } from "commander";
import { openDetails, readJobDetail } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { detailDocument } from "../../format/detail.ts";
import { approvalCard } from "../../format/approval.ts";

/** `holdpoint approvals show` */
export function addApprovalsShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show <job>",
    description: "what an answer would be for: the plan, its cost, who asked, when it expires",
    examples: ["approvals show 019aa3f2-…"],
    async run(context, args) {
      const client = await context.client();
      const detail = await readJobDetail(client, args[0] ?? "");
      // Who may approve and has read the card has opened its details: the gate asks for that after many quick answers.
      if (detail.approval_status?.you === null) await openDetails(client, detail.job.id);
      return { document: detailDocument(detail), text: approvalCard(detail, context) };
    },
  });
}
