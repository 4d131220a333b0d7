import type { Command } from "commander";
import { addComment } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";

/** `holdpoint jobs comment` */
export function addJobsComment(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "comment <job> <text>",
    description: "say something about a job, to everybody who sees it",
    examples: ['jobs comment 019aa3f2-… "asked the customer; wait for Monday"'],
    notes: "The job's events keep the sha256 of the text, not the text.",
    async run(context, args) {
      const comment = await addComment(await context.client(), { job: args[0] ?? "", text: args[1] ?? "" });
      return { document: comment, text: `Noted. See the thread: holdpoint jobs show ${comment.job_id}` };
    },
  });
}
