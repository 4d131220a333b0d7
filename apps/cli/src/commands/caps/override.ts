import type { Command } from "commander";
import { capPeriods, overrideCap } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { withVentureName } from "../../core/venture-name.ts";
import { capName } from "../../format/caps.ts";
import { money } from "../../format/money.ts";
import { parseTime } from "../../format/parse-time.ts";
import { exactTime } from "../../format/time.ts";
import { capOf, capOptions, type CapOptions } from "./cap-options.ts";

interface Options extends CapOptions {
  until?: string;
  end?: string;
}

/** `holdpoint caps override` */
export function addCapsOverride(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "override",
    description: "replace a cap until a time; it falls back by itself. Needs an admin",
    options: [
      ...capOptions,
      option("--until <time>", "when it falls back"),
      option("--end <period>", "end the override of the day or week now"),
    ],
    examples: ["caps override --venture acme --day 60 --until 18:00", "caps override --venture acme --end day"],
    notes: "The database's clock decides when it is over, whether or not a worker runs.",
    run,
  });
}

async function run(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const client = await context.client();
  const { venture } = options;
  if (options.end !== undefined) {
    const period = oneOf("period", "end", options.end, capPeriods);
    const target = { ...(venture !== undefined && { venture }), period };
    const answer = await withVentureName(client, venture ?? "", () => overrideCap(client, { ...target, end: true }));
    return { document: answer, text: `Ended the override: ${capName(answer)} is ${money(answer.cap_microusd)} again.` };
  }
  if (options.until === undefined) {
    throw new HoldpointError("invalid", "missing_option", "The option --until is missing.", {
      field: "until",
      remedy: "An override always ends: say when, for example --until 18:00.",
    });
  }
  const target = capOf(options);
  const until = parseTime(options.until, "until", context.clock);
  const answer = await withVentureName(client, venture ?? "", () => overrideCap(client, { ...target, until }));
  const back = `${exactTime(answer.until ?? until, context.clock)}, then ${money(answer.base_microusd)} again`;
  return { document: answer, text: `Overrode ${capName(answer)}: ${money(answer.cap_microusd)} until ${back}.` };
}
