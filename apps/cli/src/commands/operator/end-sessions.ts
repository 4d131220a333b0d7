import type { Command } from "commander";
import { endOperatorSessions } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import { withOperatorName } from "../../core/operator-name.ts";

/** `holdpoint operator end-sessions` */
export function addOperatorEndSessions(parent: Command, runner: Runner): void {
  addCommand<{ session?: string }>(parent, runner, {
    usage: "end-sessions [email]",
    description: "end sessions at once: your own, or anybody's for an admin of the fleet",
    options: [option("--session <id>", "only this one")],
    examples: ["operator end-sessions ana@acme.example", "operator end-sessions --session 019aa3f2-…"],
    notes: "Without an address your own sessions end, this one too: sign in again after.",
    async run(context, [email], options) {
      const client = await context.client();
      const ended = await withOperatorName(client, email ?? "", () =>
        endOperatorSessions(client, { email: email ?? null, session: options.session ?? null }),
      );
      return { document: ended, text: `${ended.email}: sessions ended: ${ended.sessions_ended}.` };
    },
  });
}
