import type { Command } from "commander";
import { setFleetLimits, setLimit } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { withTargetName } from "../../core/target-name.ts";
import { amount, fleetLimitsText, limitName } from "../../format/limits.ts";
import { fleetLimitOf } from "./fleet-limit.ts";
import { limitOf } from "./limit-options.ts";

/** `holdpoint limits set` */
export function addLimitsSet(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "set <target> <limit>",
    description: "set or remove a limit of a venture, job type, provider or the fleet; needs an admin",
    examples: [
      "limits set venture:acme 5",
      "limits set venture:acme 20/1h",
      "limits set type:build 2",
      "limits set type:build none",
      "limits set provider:github 100/1m",
      "limits set workers 5",
      "limits set new-ventures 5",
      "limits set new-ventures 20/1h",
    ],
    notes:
      "A number alone is how many may run at once. N/1h is how many jobs of a venture may start for the first time in an\n" +
      "hour; retries are not counted. Of a provider, N/PERIOD is how many runs of all ventures may start with it. What runs already goes on and counts.\n" +
      "workers: so many worker processes work, the others are standby. new-ventures: what a venture begins with that is added\nfrom now on; those there are keep theirs.",
    async run(context, args) {
      const fleet = fleetLimitOf(args[0] ?? "", args[1] ?? "");
      if (fleet !== null) {
        const document = await setFleetLimits(await context.client(), fleet);
        return { document, text: fleetLimitsText(document) };
      }
      const request = limitOf(args[0] ?? "", args[1] ?? "");
      const client = await context.client();
      const answer = await withTargetName(client, request.scope, request.key, () => setLimit(client, request));
      const was = answer.was === null ? "" : ` (was ${answer.was})`;
      const text =
        answer.max === null
          ? `Removed the limit of ${limitName(answer)}${was}.`
          : `Set ${limitName(answer)} to ${amount(answer)}${was}.`;
      return { document: answer, text };
    },
  });
}
