import type { Command } from "commander";
import { previewBulk } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { previewText } from "../../format/bulk.ts";
import { filterOf, filterOptions, type FilterOptions } from "./filter-options.ts";

/** `holdpoint bulk preview` */
export function addBulkPreview(parent: Command, runner: Runner): void {
  addCommand<FilterOptions>(parent, runner, {
    usage: "preview",
    description: "how many jobs match now, in groups; changes nothing",
    options: filterOptions(),
    examples: ["bulk preview --class transient", "bulk preview --state dead --venture acme --json"],
    async run(context, _args, options) {
      const preview = await previewBulk(await context.client(), filterOf(options));
      return { document: preview, text: previewText(preview) };
    },
  });
}
