import type { Command } from "commander";
import { sendSignal } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { readJson } from "../../core/payload.ts";
import { clean } from "../../format/clean.ts";

/** `holdpoint jobs send` */
export function addJobsSend(parent: Command, runner: Runner): void {
  addCommand<{ id?: string }>(parent, runner, {
    usage: "send <job> <name> [data]",
    description: "send a job the signal that it waits for, or will",
    options: [option("--id <id>", "the same id is the same signal: repeating it sends nothing twice")],
    examples: [
      "jobs send 019aa3f2-… paid",
      `jobs send 019aa3f2-… paid '{"invoice": 17}' --id invoice-17`,
      "jobs send 019aa3f2-… review @review.json",
    ],
    notes:
      "[data] is JSON, @file, or @- for standard input; null unless given. Signals of one name go to the job's calls of " +
      "ctx.waitFor in order, each to one. Exit code 1 when the job has ended, or the id was used for another signal.",
    async run(context, args, options) {
      const [job = "", name = "", data] = args;
      const sent = await sendSignal(await context.client(), {
        job,
        name,
        data: data === undefined ? null : await readJson(context, data, "data"),
        id: options.id ?? null,
      });
      const then = sent.repeated
        ? "It was sent before; nothing was sent twice."
        : sent.woke
          ? "The job goes on."
          : "It is in the job's mailbox.";
      return { document: sent, text: `${clean(sent.id)} (${sent.name}, no. ${sent.no}) to ${sent.job_id}. ${then}` };
    },
  });
}
