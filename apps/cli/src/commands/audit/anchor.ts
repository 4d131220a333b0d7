import type { Command } from "commander";
import { checkpointLine } from "@holdpoint/db/audit";
import { readAuditStatus } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { addCommand, type Runner } from "../../core/command.ts";

/** `holdpoint audit anchor` */
export function addAuditAnchor(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "anchor",
    description:
      "the newest checkpoint as one line, to be kept where the fleet can't write: mail, paper, another account",
    examples: ["audit anchor", "audit anchor | mail -s 'Holdpoint checkpoint' auditor@example.com"],
    notes:
      "`audit verify --anchors FILE` takes a whole anchor file. Of a single line, compare no and hash with the line of\n" +
      "the same number there: every checkpoint binds all before it. Needs a role in the fleet.",
    async run(context) {
      const { checkpoint } = await readAuditStatus(await context.client());
      if (checkpoint === null) {
        throw new HoldpointError("not_found", "nothing_sealed", "Nothing has been sealed yet.", {
          remedy: "A worker that seals writes the first checkpoint within a minute.",
        });
      }
      return { document: checkpoint, text: checkpointLine(checkpoint) };
    },
  });
}
