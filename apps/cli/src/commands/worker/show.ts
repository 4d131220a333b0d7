import type { Command } from "commander";
import { showWorker, type WorkerDetail } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { withWorkerName } from "../../core/worker-name.ts";
import { clean } from "../../format/clean.ts";
import { facts, table } from "../../format/table.ts";
import { exactTime, relative } from "../../format/time.ts";

/** `holdpoint worker show` */
export function addWorkerShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show <worker>",
    description: "one worker process: what it runs, whether it drains, was stopped or killed, and by whom",
    examples: ["worker show build-1", "worker show 019aa3f2-… --json"],
    notes: "By name or id. A name finds the live process of it, else the last one.",
    async run(context, [name = ""]) {
      const client = await context.client();
      const detail = await withWorkerName(client, name, () => showWorker(client, { worker: name }));
      return { document: detail, text: workerText(detail, context) };
    },
  });
}

function workerText({ worker, blocks, runs }: WorkerDetail, { clock }: Context): string {
  const head = facts([
    ["worker", clean(worker.name)],
    ["id", worker.id],
    ["host", clean(worker.host)],
    ["lanes", worker.lanes.join(", ")],
    ["slots", String(worker.slots)],
    ["version", clean(worker.version)],
    ["started", exactTime(worker.started_at, clock)],
    ["heard", relative(worker.heartbeat_at, clock)],
    ["standby", worker.standby ? "yes" : null],
    ["killed", worker.killed_at === null ? null : exactTime(worker.killed_at, clock)],
    [
      "ended",
      worker.ended_at === null ? null : `${exactTime(worker.ended_at, clock)} (${clean(worker.end_reason ?? "")})`,
    ],
    ...blocks.map((block): [string, string] => [
      block.kind,
      `${clean(block.reason)} (${clean(block.by_id)}, ${relative(block.since, clock)})`,
    ]),
  ]);
  if (runs.length === 0) return `${head}\n\nIt runs nothing.`;
  const rows = runs.map((run) => [
    run.job_id,
    run.type,
    run.venture,
    String(run.run_no),
    relative(run.started_at, clock),
    relative(run.lease_until, clock),
  ]);
  return `${head}\n\n${table(["RUNS", "TYPE", "VENTURE", "RUN", "STARTED", "LEASE ENDS"], rows, [3])}`;
}
