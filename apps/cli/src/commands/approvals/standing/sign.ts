import type { Command } from "commander";
import { listStanding, signStanding } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../../core/command.ts";

/** `holdpoint approvals standing sign` */
export function addStandingSign(parent: Command, runner: Runner): void {
  addCommand<{ planHash: string; typed?: string }>(parent, runner, {
    usage: "sign <id>",
    description: "sign a standing approval as the second person",
    options: [
      requiredOption("--plan-hash <hex>", "the plan that you have read (at least 8 digits)"),
      option("--typed <text>", "the typed confirmation, where the plan takes one"),
    ],
    examples: ["approvals standing sign 019aa3f2-… --plan-hash 9f3c01d2a4b6"],
    async run(context, args, options) {
      const client = await context.client();
      const known = (await listStanding(client)).find((one) => one.id === args[0]);
      const given = options.planHash.toLowerCase();
      if (known !== undefined && !(given.length >= 8 && known.plan_hash.startsWith(given))) {
        throw new HoldpointError("conflict", "plan_changed", "It is for another plan than the one you name.", {
          field: "plan-hash",
          remedy: "Read its plan: holdpoint approvals standing list --json",
        });
      }
      const signed = await signStanding(client, {
        id: args[0] ?? "",
        planHash: known?.plan_hash ?? given,
        typed: options.typed ?? null,
      });
      return {
        document: signed,
        text: `Signed. ${signed.id} ${signed.state === "stands" ? "stands" : `is ${signed.state}`}.`,
      };
    },
  });
}
