import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import { startBulk } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { operationText } from "../../format/bulk.ts";
import { filterOf, filterOptions, type FilterOptions } from "./filter-options.ts";

interface Options extends FilterOptions {
  asOf: string;
  reason: string;
  id?: string;
  perMinute: string;
}

/** `holdpoint bulk start` */
export function addBulkStart(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "start <verb>",
    description: "release or discard all that matched at the time of a preview; the fleet decides each as you",
    options: [
      requiredOption("--as-of <time>", "the time that `bulk preview` told: what came later is left alone"),
      requiredOption("--reason <text>", "why; kept with each decision"),
      ...filterOptions(),
      option("--per-minute <n>", "at most so many a minute, up to 60000").default("600"),
      option("--id <uuid>", "the operation's id: the same again starts nothing twice (default: a new one)"),
    ],
    examples: ['bulk start release --class transient --as-of 2026-11-21T09:24:52.5Z --reason "the service is back"'],
    notes:
      "Each job is decided as `holdpoint approvals release|discard` would for you at that moment: what you may not decide, and\n" +
      "what wants its details opened, is refused and told by `bulk status`. Needs a live worker.",
    async run(context, args, options) {
      const verb = oneOf("verb", "verb", args[0] ?? "", ["release", "discard"] as const);
      const perMinute = Number(options.perMinute);
      if (!Number.isInteger(perMinute) || perMinute < 1 || perMinute > 60_000) {
        const message = "--per-minute is a whole number from 1 to 60000.";
        throw new HoldpointError("invalid", "bad_rate", message, { field: "per-minute" });
      }
      const started = await startBulk(await context.client(), {
        id: options.id ?? randomUUID(),
        verb,
        reason: options.reason,
        filter: filterOf(options),
        as_of: options.asOf,
        per_minute: perMinute,
      });
      return {
        document: started,
        text: `${operationText(started, context)}\n\nFollow it: holdpoint bulk status ${started.id}`,
      };
    },
  });
}
