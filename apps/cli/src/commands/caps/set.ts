import type { Command } from "commander";
import { setCap } from "@holdpoint/db/people";
import { parseMoney } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { withVentureName } from "../../core/venture-name.ts";
import { capName } from "../../format/caps.ts";
import { money } from "../../format/money.ts";
import { capOf, capOptions, type CapOptions } from "./cap-options.ts";

/** `holdpoint caps set` */
export function addCapsSet(parent: Command, runner: Runner): void {
  addCommand<CapOptions & { threshold?: string }>(parent, runner, {
    usage: "set",
    description: "set a hard cap; needs an admin. Without any cap automatic spend is off",
    options: [
      ...capOptions,
      option(
        "--threshold <dollars>",
        "past this much in a day each paid job needs an approval (default: 25, or the cap)",
      ),
    ],
    examples: ["caps set --venture acme --day 25 --threshold 10", "caps set --day 100", "caps set --week 400"],
    notes: "What was spent or set aside earlier in the period counts. A cap below that is refused (exit code 4).",
    async run(context, _args, options) {
      const target = capOf(options);
      const threshold =
        options.threshold === undefined ? {} : { threshold_microusd: parseMoney(options.threshold, "threshold") };
      const client = await context.client();
      const answer = await withVentureName(client, target.venture ?? "", () =>
        setCap(client, { ...target, ...threshold }),
      );
      const past = answer.threshold_microusd === null ? "" : `; past ${money(answer.threshold_microusd)} an approval`;
      return { document: answer, text: `Set ${capName(answer)} to ${money(answer.cap_microusd)}${past}.` };
    },
  });
}
