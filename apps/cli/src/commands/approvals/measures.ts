import type { Command } from "commander";
import { readDecisionMeasures } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { table } from "../../format/table.ts";

/** `holdpoint approvals measures` */
export function addApprovalsMeasures(parent: Command, runner: Runner): void {
  addCommand<{ days?: string }>(parent, runner, {
    usage: "measures",
    description: "how decisions are made, per venture and job type: how many, approve rate, time to the answer",
    options: [option("--days <n>", "of so many days, 1 to 366; 30 unless given")],
    examples: ["approvals measures", "approvals measures --days 7 --json"],
    notes: "An approve rate near 100 % with answers within seconds is a sign that nobody looks any more.",
    async run(context, _args, options) {
      const days = options.days ?? "30";
      if (!/^[0-9]{1,3}$/.test(days)) {
        throw new HoldpointError("invalid", "bad_days", "--days is a whole number from 1 to 366.", { field: "days" });
      }
      const measures = await readDecisionMeasures(await context.client(), Number(days));
      const rows = measures.items.map((one) => [
        one.venture,
        one.type,
        String(one.decided),
        `${Math.round(one.approve_rate * 100)} %`,
        seconds(one.median_ms),
        seconds(one.p90_ms),
        String(one.under_10s),
        String(one.people),
      ]);
      const head = ["VENTURE", "TYPE", "DECIDED", "APPROVED", "MEDIAN", "P90", "UNDER 10 S", "PEOPLE"];
      return {
        document: measures,
        text: rows.length > 0 ? table(head, rows, [2, 3, 4, 5, 6, 7]) : "No decisions in this time.",
      };
    },
  });
}

function seconds(ms: number): string {
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}
