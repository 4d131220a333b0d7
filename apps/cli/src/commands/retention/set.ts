import type { Command } from "commander";
import { setRetention } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";

interface Options {
  months?: string;
  logDays?: string;
  confirm?: string;
}

/** `holdpoint retention set` */
export function addRetentionSet(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "set",
    description: "set how long ended jobs and the output of runs are kept; needs an admin of the fleet",
    options: [
      option("--months <n>", "months after the month of their submission, or none: for ever"),
      option("--log-days <n>", "days that the output of runs is kept"),
      option("--confirm <word>", "the word DROP, for scripts; a person is asked for it"),
    ],
    examples: ["retention set --months 24", "retention set --months none", "retention set --log-days 14"],
    notes:
      "A month is dropped whole, when all its jobs have ended. Receipts, the ledger, decisions, idempotency keys and the\n" +
      "last hash of each job stay, so that `audit verify` still works. What is dropped does not come back.",
    run: set,
  });
}

async function set(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  if (options.months === undefined && options.logDays === undefined) {
    throw new HoldpointError("invalid", "missing_option", "Say what to set: --months or --log-days.", {
      field: "months",
    });
  }
  const months =
    options.months === undefined ? undefined : options.months === "none" ? null : whole(options.months, "months");
  const client = await context.client();
  const confirmation = typeof months === "number" ? await confirmed(context, months, options.confirm) : undefined;
  const answer = await setRetention(client, {
    ...(months === undefined ? {} : { months }),
    ...(options.logDays === undefined ? {} : { log_days: whole(options.logDays, "log-days") }),
    ...(confirmation === undefined ? {} : { confirmation }),
  });
  const kept = answer.months === null ? "for ever" : `${answer.months} months`;
  return { document: answer, text: `Ended jobs are kept ${kept}, output of runs ${answer.log_days} days.` };
}

async function confirmed(context: Context, months: number, given: string | undefined): Promise<string> {
  const question = `Months of ended jobs are dropped after ${months} months and don't come back. Type DROP: `;
  const word = given ?? (await context.ask(question)).trim();
  if (word === "DROP") return word;
  throw new HoldpointError("invalid", "not_confirmed", "Not set: the word DROP was not given.", { field: "confirm" });
}

function whole(text: string, field: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new HoldpointError("invalid", "bad_number", `--${field} is a whole number from 1 to 1200.`, { field });
}
