import type { Command } from "commander";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { readPolicyFile, soundPolicy } from "../../core/policy-source.ts";
import { simulate } from "../../core/simulation.ts";
import { simulationText } from "../../format/policy.ts";

interface Options {
  since: string;
  list: string;
}

/** `holdpoint policy simulate` */
export function addPolicySimulate(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "simulate <file>",
    description: "what a policy would have decided about the jobs there were; changes nothing",
    options: [
      option("--since <duration>", "jobs submitted in the last 12h, 7d, …").default("7d"),
      option("--list <n>", "name at most so many changed jobs, up to 100").default("20"),
    ],
    examples: ["policy simulate policy.yaml", "policy simulate policy.yaml --since 30d --json"],
    notes:
      "A job's own facts and its type's are as they were, its venture's as they are now. Demo ventures are left out.\n" +
      "Needs a role in the fleet.",
    run: simulateCommand,
  });
}

async function simulateCommand(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const listed = Number(options.list);
  if (!Number.isInteger(listed) || listed < 0 || listed > 100) {
    throw new HoldpointError("invalid", "bad_limit", "--list is a whole number from 0 to 100.", { field: "list" });
  }
  const { policy } = soundPolicy(await readPolicyFile(context, args[0] ?? "-", 0));
  const simulated = await simulate(context, await context.client(), policy, options.since, listed);
  return { document: simulated, text: simulationText(simulated, context) };
}
