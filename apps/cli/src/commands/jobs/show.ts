import type { Command } from "commander";
import { readJobComparison, readJobDetail, type JobDetail, type PeopleClient } from "@holdpoint/db/people";
import { compareJobs, differenceWords } from "@holdpoint/policy";
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
      const client = await context.client();
      const detail = await readJobDetail(client, args[0] ?? "");
      return { document: detailDocument(detail), text: jobCard(detail, context, await whatChanged(client, detail)) };
    },
  });
}

/** Of a job that failed: what is different from the last of its type that worked. */
async function whatChanged(client: PeopleClient, { job, incidents }: JobDetail): Promise<string | null> {
  if (incidents.length === 0) return null;
  const { job: facts, other } = await readJobComparison(client, job.id);
  if (other === null) return "no job of its type has worked before it";
  return `since ${other.id} worked: ${differenceWords(compareJobs(facts, other)) ?? "nothing that is known"}`;
}
