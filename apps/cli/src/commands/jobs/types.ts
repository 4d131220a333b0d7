import type { Command } from "commander";
import { listJobTypes, type JobType } from "@holdpoint/db/people";
import { formatDuration } from "@holdpoint/policy";
import { addCommand, type Runner } from "../../core/command.ts";
import { findJobType } from "../../core/job-type.ts";
import { list } from "../../core/outcome.ts";
import { clean, short } from "../../format/clean.ts";
import { money } from "../../format/money.ts";
import { facts, table } from "../../format/table.ts";

/** `holdpoint jobs types` */
export function addJobsTypes(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "types [type]",
    description: "the job types that workers announced, or one with its payload's schema",
    examples: ["jobs types", "jobs types build"],
    async run(context, args) {
      const client = await context.client();
      const [name] = args;
      if (name !== undefined) {
        const type = await findJobType(client, name);
        return { document: type, text: typeText(type) };
      }
      const types = await listJobTypes(client);
      const rows = types.map((type) => [
        type.name,
        String(type.version),
        type.size,
        type.approval ? "needed" : "no",
        short(type.description, 80),
      ]);
      const text = table(["TYPE", "VERSION", "SIZE", "APPROVAL", "WHAT IT DOES"], rows, [1]);
      return { document: list(types), text: rows.length > 0 ? text : "No worker has announced a type yet." };
    },
  });
}

function typeText(type: JobType): string {
  const head = facts([
    ["type", `${type.name} version ${type.version}`],
    ["does", clean(type.description)],
    ["size", type.size],
    ["approval", type.approval ? "needed" : "not needed"],
    ["cost", type.ceiling_microusd > 0 ? `at most ${money(type.ceiling_microusd)}` : "free"],
    ["effects", type.effect_kinds.join(", ") || "none declared"],
    ["timeout", formatDuration(type.timeout_ms)],
  ]);
  return `${head}\n\npayload\n${JSON.stringify(type.payload_schema, null, 2)}`;
}
