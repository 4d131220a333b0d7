import type { Command } from "commander";
import { resubmitJob } from "@holdpoint/db/people";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import { readPayload } from "../../core/payload.ts";

interface Options {
  payload: string;
  reason: string;
  key?: string;
}

/** `holdpoint jobs resubmit` */
export function addJobsResubmit(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "resubmit <job>",
    description: "edit a failed job: a new one with another payload and a plan of its own; this one is discarded",
    options: [
      requiredOption("--payload <json>", "the new payload: JSON object, @file, or @- for standard input"),
      requiredOption("--reason <text>", "what was wrong; kept with the discard"),
      option("--key <key>", "idempotency key: the same key again answers with the first edit"),
    ],
    examples: [`jobs resubmit 019aa3f2-… --payload '{"ref":"main"}' --reason "the branch was misspelt"`],
    notes: "For jobs that are dead, quarantined, or held for a retry. Both are linked.",
    async run(context, args, options) {
      const made = await resubmitJob(await context.client(), {
        job: args[0] ?? "",
        payload: await readPayload(context, options.payload),
        reason: options.reason,
        ...(options.key === undefined ? {} : { key: options.key }),
      });
      return { document: made, text: `Submitted ${made.id} in place of ${made.of}, which is discarded.` };
    },
  });
}
