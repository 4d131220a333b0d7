import type { Command } from "commander";
import { undrainWorker } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { withWorkerName } from "../../core/worker-name.ts";
import { clean } from "../../format/clean.ts";

/** `holdpoint worker undrain` */
export function addWorkerUndrain(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "undrain <worker>",
    description: "let a draining worker that has not left take work again",
    examples: ["worker undrain build-1"],
    notes: "When its place was given away meanwhile it waits as standby. One that ran nothing may just be leaving.",
    async run(context, [name = ""]) {
      const client = await context.client();
      const worker = await withWorkerName(client, name, () => undrainWorker(client, { worker: name }));
      const what = worker.standby ? "stands by: its place was given away" : "takes work again";
      return { document: worker, text: `${clean(worker.name)} ${what}.` };
    },
  });
}
