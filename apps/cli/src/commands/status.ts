import type { Command } from "commander";
import { listApprovals, queueCounts, stopStatus, type QueueCount, type Stop, type Waiting } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../core/command.ts";
import type { Context } from "../core/context.ts";
import { readFleet, type Fleet } from "../core/fleet.ts";
import type { Outcome } from "../core/outcome.ts";
import { waitingTable } from "../format/job.ts";
import { clean } from "../format/clean.ts";
import { stopText } from "../format/stop.ts";
import { facts, table } from "../format/table.ts";
import { relative } from "../format/time.ts";
import { workersTable } from "../format/worker.ts";

/** `holdpoint status` */
export function addStatus(program: Command, runner: Runner): void {
  addCommand(program, runner, {
    usage: "status",
    description: "what runs, what waits for you, what is stopped, which workers are heard from",
    examples: ["status", "status --json"],
    notes: "Exit code 5 when the database's API cannot be reached. A fleet without a worker is a state, not a failure.",
    run: status,
  });
}

async function status(context: Context): Promise<Outcome> {
  const { kind, url, webUrl } = await context.connect();
  const client = await context.client();
  const [fleet, queues, stops, waiting] = await Promise.all([
    readFleet(client, kind === "local"),
    queueCounts(client),
    stopStatus(client),
    listApprovals(client, { limit: 10 }),
  ]);
  const { mode, sentence, now, counts, workers, blocks } = fleet;
  return {
    document: { mode, sentence, now, url, web_url: webUrl, counts, workers, queues, stops, blocks, waiting },
    text: statusText(context, { fleet, queues, stops, waiting, webUrl }),
  };
}

function statusText(
  context: Context,
  given: { fleet: Fleet; queues: QueueCount[]; stops: Stop[]; waiting: Waiting[]; webUrl: string | null },
): string {
  const { fleet, queues, stops, waiting, webUrl } = given;
  const { counts } = fleet;
  const parts = [
    `${context.paint("bold", fleet.mode)}  ${fleet.sentence}`,
    facts([
      ["running", many(counts.running)],
      ["waiting to run", many(counts.queued)],
      ["waiting for policy", many(counts.submitted)],
      [
        "waiting for a person",
        `${many(counts.held)} held, ${many(counts.dead)} dead, ${many(counts.quarantined)} quarantined`,
      ],
      ["dashboard", webUrl],
    ]),
  ];
  if (stops.length > 0) parts.push(stopText(stops, context));
  if (waiting.length > 0) parts.push(`Waits for you\n${waitingTable(waiting, context)}`);
  parts.push(workersTable(fleet.workers, context), queuesText(queues, context));
  const others = fleet.blocks.filter((block) => block.kind !== "stop");
  if (others.length > 0) parts.push(`Blocked\n${blocksText(others, context)}`);
  return parts.join("\n\n");
}

function queuesText(queues: readonly QueueCount[], { clock }: Context): string {
  const rows = queues.map((one) => [
    one.queue,
    one.lane,
    many(one.ready) + (one.capped ? "+" : ""),
    many(one.later),
    many(one.running),
    one.oldest_at ? relative(one.oldest_at, clock) : "",
  ]);
  return table(["QUEUE", "LANE", "READY", "LATER", "RUNNING", "OLDEST"], rows, [2, 3, 4]);
}

function blocksText(blocks: Fleet["blocks"], { clock }: Context): string {
  const rows = blocks.map((one) => [
    `${one.kind}:${one.scope}${one.key ? `:${one.key}` : ""}`,
    clean(one.reason),
    clean(one.by_id),
    relative(one.since, clock),
    one.wake_at ? relative(one.wake_at, clock) : "",
  ]);
  return table(["BLOCK", "WHY", "BY", "SINCE", "LIFTS"], rows);
}

function many(count: number): string {
  return count > 10_000 ? "10,000+" : String(count);
}
