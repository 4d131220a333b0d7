import type { Command } from "commander";
import { activatePolicy } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { z } from "zod";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { readPolicyFile, soundPolicy } from "../../core/policy-source.ts";
import { simulate } from "../../core/simulation.ts";
import { simulationText } from "../../format/policy.ts";

interface Options {
  since: string;
  reason?: string;
  yes?: boolean;
}

/** `holdpoint policy activate` */
export function addPolicyActivate(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "activate <file>",
    description: "make a policy the active one; shows first what it would have decided. Needs an admin",
    options: [
      option("--since <duration>", "simulate over the jobs of the last 12h, 7d, …").default("7d"),
      option("--reason <text>", "why; it is kept with the version"),
      option("--yes", "do not ask for the word ACTIVATE, for scripts"),
    ],
    examples: ['policy activate policy.yaml --reason "two people for deploys"', "policy activate policy.yaml --yes"],
    notes:
      "Jobs that an older version admitted and that have not started are decided anew: held ones at once, queued ones when\n" +
      "a worker claims them. Running jobs go on. To go back, activate the earlier text again: holdpoint policy show 3",
    run: activate,
  });
}

async function activate(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const file = await readPolicyFile(context, args[0] ?? "-", 0);
  const { policy, document } = soundPolicy(file);
  const client = await context.client();
  const simulated = await simulate(context, client, policy, options.since, 20);
  const summary = simulationText(simulated, context);
  context.say(`${summary}\n`);
  if (!options.yes) {
    const question = `Type ACTIVATE to put it in force after version ${simulated.active_version}: `;
    if ((await context.ask(question)).trim() !== "ACTIVATE") {
      throw new HoldpointError("invalid", "not_confirmed", "Not activated: the word ACTIVATE was not given.", {
        field: "yes",
      });
    }
  }
  const activated = await activatePolicy(client, {
    source: file.source,
    document: z.record(z.string(), z.unknown()).parse(document),
    over: simulated.active_version,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
  });
  const readmitted =
    activated.readmitted === 0
      ? ""
      : ` Decided anew, because they waited for an approval of an older version: ${activated.readmitted}.`;
  return {
    document: { ...activated, simulation: simulated },
    text: `Version ${activated.version} of the policy is in force.${readmitted}`,
  };
}
