import type { Command } from "commander";
import { ledgerBalance } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { money } from "../../format/money.ts";
import { table } from "../../format/table.ts";

interface Options {
  venture?: string;
  job?: string;
  day?: string;
}

/** `holdpoint ledger balance` */
export function addLedgerBalance(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "balance",
    description: "the balance of each account by venture; all together they are zero",
    options: [
      option("--venture <key>", "of one venture"),
      option("--job <id>", "of one job"),
      option("--day <date>", "of what was reserved on this day"),
    ],
    examples: ["ledger balance", "ledger balance --day 2026-11-21 --json"],
    async run(context, _args, { venture, job, day }) {
      const filter = {
        ...(venture !== undefined && { venture }),
        ...(job !== undefined && { job }),
        ...(day !== undefined && { day }),
      };
      const balance = await ledgerBalance(await context.client(), filter);
      const rows = balance.items.map((row) => [row.venture, row.account, money(row.amount_microusd)]);
      const text = rows.length === 0 ? "Nothing was booked." : table(["VENTURE", "ACCOUNT", "BALANCE"], rows, [2]);
      return { document: { ...balance, next: null }, text: `${text}\n\nSum: ${money(balance.sum_microusd)}` };
    },
  });
}
