import type { Command } from "commander";
import { addCommand, type Runner } from "../../core/command.ts";
import { readFleet } from "../../core/fleet.ts";
import { list } from "../../core/outcome.ts";
import { workersTable } from "../../format/worker.ts";

/** `holdpoint worker list` */
export function addWorkerList(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "list",
    description: "the worker processes that have not ended, by heartbeat and progress",
    examples: ["worker list", "worker list --json"],
    async run(context) {
      const { workers } = await readFleet(await context.client());
      return { document: list(workers), text: workersTable(workers, context) };
    },
  });
}
