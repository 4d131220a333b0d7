import type { Command } from "commander";
import { listPolicies, readSettings } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { list } from "../../core/outcome.ts";
import { short } from "../../format/clean.ts";
import { table } from "../../format/table.ts";
import { localTime } from "../../format/time.ts";

/** `holdpoint policy list` */
export function addPolicyList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "every version that was ever in force, who activated it and when",
    examples: ["policy list"],
    async run(context) {
      const client = await context.client();
      const [heads, settings] = await Promise.all([listPolicies(client), readSettings(client)]);
      const items = heads.map((head) => ({ ...head, active: head.version === settings.policy_version }));
      const rows = items.map((one) => [
        String(one.version),
        one.active ? "active" : "",
        localTime(one.activated_at, context.clock),
        one.activated_by,
        one.sha256.slice(0, 12),
        short(one.reason ?? "", 60),
      ]);
      return {
        document: list(items),
        text: table(["VERSION", "", "ACTIVATED", "BY", "SHA256", "WHY"], rows, [0]),
      };
    },
  });
}
