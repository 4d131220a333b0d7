import type { Command } from "commander";
import { readJobComparison } from "@holdpoint/db/people";
import { compareJobs, HoldpointError } from "@holdpoint/policy";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { comparisonText } from "../../format/comparison.ts";

/** `holdpoint jobs compare` */
export function addJobsCompare(parent: Command, runner: Runner): void {
  addCommand<{ all?: boolean }>(parent, runner, {
    usage: "compare <job> [other]",
    description: "two jobs side by side: inputs, versions, steps, times, spend, effects, outcome, first difference",
    options: [option("--all", "what is the same too")],
    examples: ["jobs compare 019aa3f2-… 019aa3e0-…", "jobs compare 019aa3f2-… --json"],
    notes: "Without the other: with the last job of its type that succeeded before it.",
    async run(context, args, options) {
      const { job, other } = await readJobComparison(await context.client(), args[0] ?? "", args[1] ?? null);
      if (other === null) {
        throw new HoldpointError("not_found", "nothing_to_compare", "No job of its type has succeeded before it.", {
          field: "other",
          remedy: "Name the other job.",
        });
      }
      const comparison = compareJobs(job, other);
      return {
        document: { a: job.id, b: other.id, ...comparison },
        text: comparisonText(job.id, other.id, comparison, options.all ?? false),
      };
    },
  });
}
