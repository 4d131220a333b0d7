import type { Command } from "commander";
import { listJobs } from "@holdpoint/db/people";
import { HoldpointError, JOB_STATES } from "@holdpoint/policy";
import { addCommand, listOption, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { jobTable } from "../../format/job.ts";

interface Options {
  state?: string[];
  type?: string;
  venture?: string;
  before?: string;
  limit: string;
}

/** `holdpoint jobs list` */
export function addJobsList(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "list",
    description: "jobs, newest first",
    options: [
      listOption("--state <states>", `only in these states: ${JOB_STATES.join(", ")}`),
      option("--type <type>", "only of this type"),
      option("--venture <key>", "only of this venture"),
      option("--before <id>", "the page after this one: `next` of the page before"),
      option("--limit <n>", "at most so many, up to 200").default("50"),
    ],
    examples: ["jobs list", "jobs list --state running,queued --venture acme", "jobs list --state dead --json"],
    run: listCommand,
  });
}

async function listCommand(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const states = options.state?.map((name) => oneOf("state", "state", name, JOB_STATES));
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new HoldpointError("invalid", "bad_limit", "--limit is a whole number from 1 to 200.", { field: "limit" });
  }
  const page = await listJobs(await context.client(), {
    ...(states ? { states } : {}),
    ...(options.type === undefined ? {} : { type: options.type }),
    ...(options.venture === undefined ? {} : { venture: options.venture }),
    ...(options.before === undefined ? {} : { before: options.before }),
    limit,
  });
  const lines = [page.items.length > 0 ? jobTable(page.items, context) : "No jobs match."];
  if (page.cut) lines.push("The search stopped after 10,000 jobs; older ones may match.");
  if (page.next) lines.push(`More: --before ${page.next}`);
  return { document: page, text: lines.join("\n\n") };
}
