import type { Command } from "commander";
import { stopStatus } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { list } from "../../core/outcome.ts";
import { stopText } from "../../format/stop.ts";

/** `holdpoint stop status` */
export function addStopStatus(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "status",
    description: "the stops in force: STOPPING while runs have not confirmed, then STOPPED",
    examples: ["stop status", "stop status --json"],
    async run(context) {
      const stops = await stopStatus(await context.client());
      return { document: list(stops), text: stopText(stops, context) };
    },
  });
}
