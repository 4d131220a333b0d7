import type { Command } from "commander";
import { readStoredVersion } from "@holdpoint/db/people";
import { readStoredPolicy } from "@holdpoint/db/policy-file";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, type Runner } from "../../core/command.ts";
import { clean } from "../../format/clean.ts";
import { followUpText, ruleTable } from "../../format/policy.ts";
import { facts } from "../../format/table.ts";
import { exactTime } from "../../format/time.ts";

/** `holdpoint policy show` */
export function addPolicyShow(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "show [version]",
    description:
      "the active policy, or an earlier version: its rules, retries and recovery plans in words, and its text",
    examples: ["policy show", "policy show 3", "policy show --json"],
    async run(context, args) {
      const policy = await readStoredVersion(await context.client(), versionOf(args[0]));
      const head = facts([
        ["version", `${policy.version}${policy.version === policy.active ? " (active)" : ""}`],
        ["activated", exactTime(policy.activated_at, context.clock)],
        ["by", clean(policy.activated_by)],
        ["why", policy.reason === null ? null : clean(policy.reason)],
        ["sha256", policy.sha256],
      ]);
      const read = readStoredPolicy(policy.version, policy.source, policy.document);
      const words = read.ok
        ? `${read.policy.rules.length === 0 ? "" : `${ruleTable(read.policy)}\n\n`}${followUpText(read.policy)}\n\n`
        : "";
      return { document: policy, text: `${head}\n\n${words}${clean(policy.source, true).trimEnd()}` };
    },
  });
}

function versionOf(given: string | undefined): number | undefined {
  if (given === undefined || /^[1-9]\d{0,8}$/.test(given)) return given === undefined ? undefined : Number(given);
  throw new HoldpointError("invalid", "bad_version", `"${given}" is not the number of a version.`, {
    field: "version",
    remedy: "`holdpoint policy list` lists the versions.",
  });
}
