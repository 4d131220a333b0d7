import type { Command } from "commander";
import { readRetention, type Retention } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { table } from "../../format/table.ts";
import { exactTime } from "../../format/time.ts";

const STAYS = {
  retention: "kept",
  open_jobs: "its time is over; a job in it has not ended",
  open_effects: "its time is over; an effect in it is not settled",
  not_sealed: "its time is over; waits to be sealed",
} as const;

/** `holdpoint retention show` */
export function addRetentionShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show",
    description: "which months of jobs are kept, until when and why, and which were dropped",
    examples: ["retention show", "retention show --json"],
    async run(context) {
      const retention = await readRetention(await context.client());
      return { document: retention, text: retentionText(retention, context) };
    },
  });
}

function retentionText({ months, log_days: days, kept, dropped }: Retention, context: Context): string {
  const rows = kept.map((month) => [
    month.month,
    month.about_jobs === null ? "not counted" : String(month.about_jobs),
    month.ends_at === null ? "for ever" : exactTime(month.ends_at, context.clock),
    month.stays === null ? "goes next" : STAYS[month.stays],
  ]);
  const gone = dropped.map(
    ({ month, jobs, dropped_at: at }) => `${month}: ${jobs} jobs dropped ${exactTime(at, context.clock)}`,
  );
  return [
    `Ended jobs are kept ${months === null ? "for ever" : `${months} months after the month they were submitted in`}, output of runs ${days} days.`,
    "",
    table(["MONTH", "JOBS ABOUT", "KEPT UNTIL", ""], rows, [1]),
    ...(gone.length > 0 ? ["", ...gone] : []),
  ].join("\n");
}
