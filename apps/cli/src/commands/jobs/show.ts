import type { Command } from "commander";
import { readJobDetail } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { detailDocument } from "../../format/detail.ts";
import { jobCard } from "../../format/job.ts";

/** `holdpoint jobs show` */
export function addJobsShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show <job>",
    description: "one job: state, why it waits, runs, decisions, artifacts, plan",
    examples: ["jobs show 019aa3f2-…", "jobs show 019aa3f2-… --json"],
    async run(context, args) {
      const detail = await readJobDetail(await context.client(), args[0] ?? "");
      return { document: detailDocument(detail), text: jobCard(detail, context) };
    },
  });
}
