import type { Command } from "commander";
import { jobEvents, readJobDetail } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { list, type Outcome } from "../../core/outcome.ts";
import { clean, short } from "../../format/clean.ts";
import { table } from "../../format/table.ts";
import { localTime } from "../../format/time.ts";

const PAGE = 500;

/** `holdpoint jobs events` */
export function addJobsEvents(parent: Command, runner: Runner): void {
  addCommand<{ after: string }>(parent, runner, {
    usage: "events <job>",
    description: "what happened to a job, in order",
    options: [option("--after <n>", "only events after this number").default("0")],
    examples: ["jobs events 019aa3f2-…", "jobs events 019aa3f2-… --after 4 --json"],
    run: events,
  });
}

async function events(context: Context, args: readonly string[], options: { after: string }): Promise<Outcome> {
  const after = Number(options.after);
  if (!Number.isInteger(after) || after < 0) {
    throw new HoldpointError("invalid", "bad_number", "--after is the number of an event.", { field: "after" });
  }
  const client = await context.client();
  const id = args[0] ?? "";
  const items = await jobEvents(client, id, after, PAGE);
  if (items.length === 0) await readJobDetail(client, id);
  const next = items.length === PAGE ? String(items.at(-1)?.seq) : null;
  const rows = items.map((event) => [
    String(event.seq),
    localTime(event.at, context.clock),
    event.type,
    event.run === null ? "" : String(event.run),
    clean(actorName(event.actor)),
    short(JSON.stringify(event.data), 100),
  ]);
  const text = table(["NO", "AT", "EVENT", "RUN", "BY", "DATA"], rows, [0, 3]);
  return { document: list(items, next), text: next ? `${text}\n\nMore: --after ${next}` : text };
}

function actorName(actor: unknown): string {
  if (typeof actor !== "object" || actor === null) return "";
  const { kind, id }: { kind?: unknown; id?: unknown } = actor;
  return `${String(kind)} ${String(id)}`;
}
