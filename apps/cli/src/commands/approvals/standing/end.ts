import type { Command } from "commander";
import { endStanding } from "@holdpoint/db/people";
import { addCommand, requiredOption, type Runner } from "../../../core/command.ts";

/** `holdpoint approvals standing end` */
export function addStandingEnd(parent: Command, runner: Runner): void {
  addCommand<{ reason: string }>(parent, runner, {
    usage: "end <id>",
    description: "end a standing approval for good: a person is asked again",
    options: [requiredOption("--reason <text>", "why; kept with it")],
    examples: ['approvals standing end 019aa3f2-… --reason "the repository moved"'],
    async run(context, args, options) {
      const ended = await endStanding(await context.client(), { id: args[0] ?? "", reason: options.reason });
      return {
        document: ended,
        text: `Ended after ${ended.uses} uses. What it approved and nobody has claimed is held again.`,
      };
    },
  });
}
