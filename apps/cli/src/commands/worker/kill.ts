import type { Command } from "commander";
import { killWorker, showWorker } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { withWorkerName } from "../../core/worker-name.ts";
import { clean } from "../../format/clean.ts";
import { exactTime } from "../../format/time.ts";

interface Options {
  reason: string;
  confirm?: string;
}

/** `holdpoint worker kill` */
export function addWorkerKill(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "kill <worker>",
    description: "end a worker at once: its runs are aborted, its jobs go to recovery",
    options: [
      requiredOption("--reason <text>", "why; everybody sees it"),
      option("--confirm <word>", "the word KILL, for scripts; a person is asked for it"),
    ],
    examples: ['worker kill build-1 --reason "it hangs"'],
    notes:
      "Works also when the process does not answer: its jobs are then freed when its leases have run out, and what it\nwrites later is void. It is not started again by itself. Needs the role admin in the fleet.",
    run: kill,
  });
}

async function kill(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const name = args[0] ?? "";
  const client = await context.client();
  const { worker, runs } = await withWorkerName(client, name, () => showWorker(client, { worker: name }));
  const what = `${clean(worker.name)} (${runs.length} runs)`;
  const confirmation = options.confirm ?? (await context.ask(`Type KILL to kill ${what}: `)).trim();
  if (confirmation !== "KILL") {
    throw new HoldpointError("invalid", "not_confirmed", "Not killed: the word KILL was not given.", {
      field: "confirm",
    });
  }
  const killed = await killWorker(client, { worker: name, reason: options.reason, confirmation });
  const free =
    killed.leases_end === null
      ? "It held no run."
      : `Its ${killed.open_count} runs are freed when it has left, at the latest when their leases end (${exactTime(killed.leases_end, context.clock)}).`;
  return { document: killed, text: `${clean(killed.name)} was killed. ${free}` };
}
