import type { BulkOperation, BulkPreview, ListedBulk } from "@holdpoint/db/people";
import type { Context } from "../core/context.ts";
import { clean, short } from "./clean.ts";
import { facts, table } from "./table.ts";
import { exactTime, relative } from "./time.ts";

/** What an operation would be about, and how to start it. */
export function previewText({ as_of, filter, total, groups }: BulkPreview): string {
  if (total === 0) return "No dead or quarantined job matches.";
  const rows = groups.map((group) => [String(group.count), group.venture, group.type, group.class ?? "", group.reason]);
  const options = Object.entries(filter).map(
    ([name, value]) => ` --${name === "reason" ? "filter-reason" : name} ${value}`,
  );
  return [
    table(["JOBS", "VENTURE", "TYPE", "CLASS", "REASON"], rows, [0]),
    `${total} in all, as of ${as_of}.`,
    `Start: holdpoint bulk start release${options.join("")} --as-of ${as_of} --reason "…"`,
  ].join("\n\n");
}

/** One operation and how far it is. */
export function operationText(operation: BulkOperation, { clock }: Context): string {
  const { state, total, done, refused, skipped, left } = operation;
  return facts([
    ["operation", operation.id],
    ["what", `${operation.verb} ${total} jobs that matched as of ${operation.as_of}`],
    [
      "filter",
      Object.entries(operation.filter)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ") || "all that waited",
    ],
    ["why", clean(operation.reason)],
    ["state", state + (operation.stopped_by === null ? "" : ` by ${clean(operation.stopped_by)}`)],
    [
      "progress",
      `${done} done, ${refused} refused, ${skipped} no longer waited, ${left} left; ${operation.per_minute} a minute`,
    ],
    ["by", clean(operation.by_email)],
    ["started", exactTime(operation.started_at, clock)],
    ["ended", operation.ended_at === null ? null : exactTime(operation.ended_at, clock)],
  ]);
}

/** The jobs that were not decided, and why. */
export function notDoneText({ not_done: items, refused, skipped }: ListedBulk): string {
  if (items.length === 0) return "";
  const rows = items.map((item) => [item.job_id, item.state, short(item.detail ?? "", 100)]);
  const more = refused + skipped - items.length;
  return table(["JOB", "NOT DONE", "WHY"], rows) + (more > 0 ? `\n… and ${more} more` : "");
}

/** Operations as a table, one line each. */
export function operationTable(operations: readonly BulkOperation[], { clock }: Context): string {
  if (operations.length === 0) return "No operations yet.";
  const rows = operations.map((one) => [
    one.id,
    one.verb,
    one.state,
    `${one.done}/${one.total}`,
    String(one.refused),
    clean(one.by_email),
    relative(one.started_at, clock),
    short(one.reason, 50),
  ]);
  return table(["ID", "VERB", "STATE", "DONE", "REFUSED", "BY", "STARTED", "WHY"], rows, [3, 4]);
}
