import type { Command } from "commander";
import { drainWorker } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { withWorkerName } from "../../core/worker-name.ts";
import { clean } from "../../format/clean.ts";

/** `holdpoint worker drain` */
export function addWorkerDrain(parent: Command, runner: Runner): void {
  addCommand<{ reason?: string }>(parent, runner, {
    usage: "drain <worker>",
    description: "let a worker finish what it runs and leave; it takes no new work",
    options: [option("--reason <text>", "why, for the record")],
    examples: ['worker drain build-1 --reason "the machine is replaced"'],
    notes: "A standby worker takes its place at once. Needs the role approver in the fleet.",
    async run(context, [name = ""], options) {
      const client = await context.client();
      const drained = await withWorkerName(client, name, () =>
        drainWorker(client, { worker: name, reason: options.reason ?? null }),
      );
      const left =
        drained.open_count === 0 ? "It runs nothing and leaves now." : `It finishes ${drained.open_count} runs first.`;
      return { document: drained, text: `${clean(drained.name)} drains: no new work is taken. ${left}` };
    },
  });
}
