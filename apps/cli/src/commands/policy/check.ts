import type { Command } from "commander";
import { addCommand, type Runner } from "../../core/command.ts";
import { EXIT } from "../../core/exit-codes.ts";
import { problemLines, readPolicyFile } from "../../core/policy-source.ts";
import { clean } from "../../format/clean.ts";
import { ruleTable } from "../../format/policy.ts";

/** `holdpoint policy check` */
export function addPolicyCheck(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "check <file>",
    description: "read a policy file and tell every problem with its line; needs no database",
    examples: ["policy check policy.yaml", "policy check - < policy.yaml"],
    notes: "Exit codes: 0 it is sound, 2 it is not.",
    async run(context, args) {
      const file = await readPolicyFile(context, args[0] ?? "-", 0);
      const { read } = file;
      if (!read.ok) {
        const lines = problemLines(file).map((line) => clean(line));
        return { document: { ok: false, problems: read.problems }, text: lines.join("\n"), exit: EXIT.usage };
      }
      const { rules, groups } = read.policy;
      const count = rules.length === 1 ? "one rule" : `${rules.length} rules`;
      const head = `${file.name} is sound: ${count} over the built-in ones.`;
      return {
        document: { ok: true, problems: [], rules: rules.map((rule) => rule.name), groups },
        text: rules.length === 0 ? head : `${head}\n\n${ruleTable(read.policy)}`,
      };
    },
  });
}
