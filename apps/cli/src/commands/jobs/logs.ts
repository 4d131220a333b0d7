import type { Command } from "commander";
import { readJobDetail, type JobDetail, type LogChunk, type PeopleClient } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { followLogs, logPages } from "../../core/follow-logs.ts";
import { list, type Outcome } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";

interface Options {
  follow?: boolean;
  run?: string;
  raw?: boolean;
}

/** `holdpoint jobs logs` */
export function addJobsLogs(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "logs <job>",
    description: "the output of a job's last run, or of another",
    options: [
      option("--follow", "print new output as it is written, run after run, until the job has ended").conflicts("json"),
      option("--run <n>", "the output of this run alone (default: the last)"),
      option("--raw", "leave control characters as the job wrote them"),
    ],
    examples: ["jobs logs 019aa3f2-…", "jobs logs 019aa3f2-… --follow", "jobs logs 019aa3f2-… --run 1 --json"],
    notes:
      "Exit codes with --follow: 0 the job succeeded (with --run: that run did), 1 it ended otherwise, is dead or\n" +
      "quarantined, 5 nothing could be reached for a minute, 130 Ctrl-C. Without --follow: 0, whatever became of the job.",
    run: logs,
  });
}

async function logs(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const asked = options.run === undefined ? null : parseRun(options.run);
  // From here on Ctrl-C ends the following in order.
  if (options.follow) context.signal.throwIfAborted();
  const client = await context.client();
  const detail = await readJobDetail(client, args[0] ?? "");
  const { job } = detail;
  if (asked !== null) checkRun(detail, asked);
  if (options.follow) {
    const follow = { id: job.id, runNo: asked, raw: options.raw === true };
    return { document: null, text: "", exit: await followLogs(context, client, follow) };
  }
  if (job.run_no === 0) context.say(`Job ${job.id} has not run yet.`);
  const chunks = await allChunks(client, job.id, asked ?? job.run_no);
  const text = chunks.map((chunk) => (options.raw ? chunk.text : clean(chunk.text, true))).join("");
  return { document: list(chunks), text };
}

function parseRun(text: string): number {
  const runNo = Number(text);
  if (Number.isInteger(runNo) && runNo >= 1) return runNo;
  throw new HoldpointError("invalid", "bad_number", "--run is the number of a run, from 1.", { field: "run" });
}

function checkRun({ job, runs }: JobDetail, runNo: number): void {
  if (runs.some((one) => one.run_no === runNo)) return;
  const has = job.run_no === 0 ? "has not run yet" : `has runs 1 to ${job.run_no}`;
  throw new HoldpointError("not_found", "unknown_run", `Job ${job.id} ${has}.`, { field: "run" });
}

async function allChunks(client: PeopleClient, id: string, runNo: number): Promise<LogChunk[]> {
  const chunks: LogChunk[] = [];
  for await (const page of logPages(client, id, runNo)) chunks.push(...page);
  return chunks;
}
