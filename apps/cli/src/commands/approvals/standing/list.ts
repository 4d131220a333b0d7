import type { Command } from "commander";
import { listStanding } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../../core/command.ts";
import { list } from "../../../core/outcome.ts";
import { clean, short } from "../../../format/clean.ts";
import { money } from "../../../format/money.ts";
import { table } from "../../../format/table.ts";
import { relative } from "../../../format/time.ts";

/** `holdpoint approvals standing list` */
export function addStandingList(parent: Command, runner: Runner): void {
  addCommand<{ all?: boolean }>(parent, runner, {
    usage: "list",
    description: "standing approvals: of which plan, used how often, until when",
    options: [option("--all", "those that somebody has ended, too")],
    examples: ["approvals standing list", "approvals standing list --all --json"],
    async run(context, _args, options) {
      const items = await listStanding(await context.client(), options.all === true);
      const rows = items.map((one) => [
        one.id,
        one.schedule === null ? one.type : `${one.type} of ${one.schedule}`,
        one.venture,
        one.state === "unsigned" && one.typed !== null ? `unsigned: --typed "${clean(one.typed)}"` : one.state,
        one.max_uses === null ? String(one.uses) : `${one.uses} of ${one.max_uses}`,
        one.budget_microusd === 0 ? "free" : `${money(one.committed_microusd)} of ${money(one.budget_microusd)}`,
        relative(one.until, context.clock),
        one.plan_hash.slice(0, 12),
        short(`${one.signed_by.join(", ")}: ${one.reason}`, 60),
      ]);
      const head = ["ID", "TYPE", "VENTURE", "STATE", "USES", "COST", "UNTIL", "PLAN", "BY, WHY"];
      return { document: list(items), text: rows.length > 0 ? table(head, rows, [4]) : "No standing approvals." };
    },
  });
}
