import type { Command } from "commander";
import { correctAuthorisation } from "@holdpoint/db/people";
import { HoldpointError, parseMoney } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";
import { money } from "../../format/money.ts";

interface Options {
  happened?: boolean;
  notHappened?: boolean;
  cost?: string;
  reason: string;
}

/** `holdpoint ledger correct` */
export function addLedgerCorrect(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "correct <job> <effect>",
    description: "say how an effect ended whose run never told; needs an admin",
    options: [
      option("--happened", "it happened: later runs take it as done"),
      option("--not-happened", "it did not: its money is returned, and a later run may do it"),
      option("--cost <dollars>", "what it cost (default: the most it might)"),
      requiredOption("--reason <text>", "how you know"),
    ],
    examples: ['ledger correct 019aa3f2-… charge --happened --cost 4.20 --reason "it is on the provider\'s statement"'],
    notes:
      "Until then what it might cost counts as spent. The effect's key stands in the job's events (effect.intent).",
    run,
  });
}

async function run(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  if ((options.happened === true) === (options.notHappened === true)) {
    throw new HoldpointError("invalid", "missing_option", "Say either --happened or --not-happened.", {
      field: "happened",
    });
  }
  const happened = options.happened === true;
  const answer = await correctAuthorisation(await context.client(), {
    job: args[0] ?? "",
    effect: args[1] ?? "",
    happened,
    cost_microusd: options.cost === undefined ? null : parseMoney(options.cost, "cost"),
    reason: options.reason,
  });
  const text = happened
    ? `The effect ${clean(answer.effect)} happened and cost ${money(answer.cost_microusd)}.`
    : `The effect ${clean(answer.effect)} did not happen: its money is returned.`;
  return { document: answer, text };
}
