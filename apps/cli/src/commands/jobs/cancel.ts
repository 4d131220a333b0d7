import type { Command } from "commander";
import { cancelJob } from "@holdpoint/db/people";
import { addCommand, requiredOption, type Runner } from "../../core/command.ts";

/** `holdpoint jobs cancel` */
export function addJobsCancel(parent: Command, runner: Runner): void {
  addCommand<{ reason: string }>(parent, runner, {
    usage: "cancel <job>",
    description: "cancel a job; one that runs is asked to stop",
    options: [requiredOption("--reason <text>", "why; kept with the job")],
    examples: ['jobs cancel 019aa3f2-… --reason "wrong branch"'],
    async run(context, args, options) {
      const result = await cancelJob(await context.client(), { job: args[0] ?? "", reason: options.reason });
      const text = result.cancel_requested
        ? `${result.id} runs; it has been asked to stop. See it end: holdpoint jobs show ${result.id}`
        : `${result.id} is ${result.state}.`;
      return { document: result, text };
    },
  });
}
