import type { Command } from "commander";
import { whoami } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { identityText } from "../../format/identity.ts";

/** `holdpoint whoami` */
export function addWhoami(program: Command, runner: Runner): void {
  addCommand(program, runner, {
    usage: "whoami",
    description: "who is signed in, and what they may do",
    examples: ["whoami", "whoami --json"],
    async run(context) {
      const identity = await whoami(await context.client());
      return { document: identity, text: identityText(identity) };
    },
  });
}
