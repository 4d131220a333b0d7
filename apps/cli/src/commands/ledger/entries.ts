import type { Command } from "commander";
import { ledgerAccounts, listLedger } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { list } from "../../core/outcome.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { money } from "../../format/money.ts";
import { table } from "../../format/table.ts";
import { exactTime } from "../../format/time.ts";

interface Options {
  venture?: string;
  job?: string;
  account?: string;
  day?: string;
  before?: string;
}

/** `holdpoint ledger entries` */
export function addLedgerEntries(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "entries",
    description: "rows of the ledger, newest first; the rows of one entry sum to zero",
    options: [
      option("--venture <key>", "of one venture"),
      option("--job <id>", "of one job"),
      option("--account <name>", `of one account: ${ledgerAccounts.join(", ")}`),
      option("--day <date>", "reserved on this day"),
      option("--before <place>", "go on from where the last page ended (its next)"),
    ],
    examples: ["ledger entries --venture acme --day 2026-11-21", "ledger entries --job 019aa3f2-… --json"],
    async run(context, _args, options) {
      const { venture, job, day, before } = options;
      const account =
        options.account === undefined ? undefined : oneOf("account", "account", options.account, ledgerAccounts);
      const filter = {
        ...(venture !== undefined && { venture }),
        ...(job !== undefined && { job }),
        ...(day !== undefined && { day }),
        ...(account !== undefined && { account }),
      };
      const page = await listLedger(await context.client(), filter, before === undefined ? null : place(before));
      const rows = page.items.map((row) => [
        exactTime(row.at, context.clock),
        row.reason,
        row.account,
        money(row.amount_microusd),
        row.venture,
        `${row.job_id} run ${row.run_no}`,
        row.day,
      ]);
      const text =
        rows.length === 0
          ? "The ledger has no such row."
          : table(["AT", "ENTRY", "ACCOUNT", "AMOUNT", "VENTURE", "JOB", "DAY"], rows, [3]);
      const more = page.next === null ? "" : `\n\nMore: --before ${page.next}`;
      return { document: list(page.items, page.next === null ? null : String(page.next)), text: text + more };
    },
  });
}

function place(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new HoldpointError("invalid", "bad_place", `"${text}" is no place in the ledger.`, {
    field: "before",
    remedy: "Give what the last page called next.",
  });
}
