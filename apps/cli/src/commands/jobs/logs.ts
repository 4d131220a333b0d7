import type { Command } from "commander";
import { jobLogs, readJobDetail, type LogChunk } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { list, type Outcome } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";

interface Options {
  run?: string;
  raw?: boolean;
}

/** `holdpoint jobs logs` */
export function addJobsLogs(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "logs <job>",
    description: "the output of a job's last run, or of another",
    options: [
      option("--run <n>", "the output of this run (default: the last)"),
      option("--raw", "leave control characters as the job wrote them"),
    ],
    examples: ["jobs logs 019aa3f2-…", "jobs logs 019aa3f2-… --run 1"],
    run: logs,
  });
}

async function logs(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const client = await context.client();
  const { job, runs } = await readJobDetail(client, args[0] ?? "");
  const runNo = options.run === undefined ? job.run_no : Number(options.run);
  if (!runs.some((one) => one.run_no === runNo)) {
    const has = job.run_no === 0 ? "has not run yet" : `has runs 1 to ${job.run_no}`;
    throw new HoldpointError("not_found", "unknown_run", `Job ${job.id} ${has}.`, { field: "run" });
  }
  const chunks: LogChunk[] = [];
  for (let page = await jobLogs(client, job.id, runNo); page.length > 0;) {
    chunks.push(...page);
    page = await jobLogs(client, job.id, runNo, page.at(-1)?.chunk_no);
  }
  const text = chunks.map((chunk) => (options.raw ? chunk.text : clean(chunk.text, true))).join("");
  return { document: list(chunks), text };
}
