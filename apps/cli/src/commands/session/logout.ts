import type { Command } from "commander";
import { signOut } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";

/** `holdpoint logout` */
export function addLogout(program: Command, runner: Runner): void {
  addCommand(program, runner, {
    usage: "logout",
    description: "end this session, here and on the server",
    examples: ["logout"],
    async run(context) {
      const { client, url } = await context.connect();
      await signOut(client);
      return { document: { signed_in: false }, text: `Signed out at ${url}.` };
    },
  });
}
