import type { Command } from "commander";
import type { Runner } from "../../core/command.ts";
import { addLedgerBalance } from "./balance.ts";
import { addLedgerCorrect } from "./correct.ts";
import { addLedgerEntries } from "./entries.ts";

/** `holdpoint ledger …` */
export function addLedger(program: Command, runner: Runner): void {
  const ledger = program.command("ledger").description("where money went: entries and balances, append only");
  addLedgerEntries(ledger, runner);
  addLedgerBalance(ledger, runner);
  addLedgerCorrect(ledger, runner);
}
