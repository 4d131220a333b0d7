import type { Command } from "commander";
import { operatorSessions } from "@holdpoint/db/people";
import { addCommand, type Runner } from "../../core/command.ts";
import { withOperatorName } from "../../core/operator-name.ts";
import { list } from "../../core/outcome.ts";
import { clean } from "../../format/clean.ts";
import { table } from "../../format/table.ts";
import { relative } from "../../format/time.ts";

/** `holdpoint operator sessions` */
export function addOperatorSessions(parent: Command, runner: Runner): void {
  addCommand(parent, runner, {
    usage: "sessions [email]",
    description: "the sessions that stand: your own, or anybody's for an admin of the fleet",
    examples: ["operator sessions", "operator sessions ana@acme.example"],
    async run(context, [email]) {
      const client = await context.client();
      const sessions = await withOperatorName(client, email ?? "", () =>
        operatorSessions(client, { email: email ?? null }),
      );
      const rows = sessions.map((one) => [
        one.id,
        relative(one.created_at, context.clock),
        clean(one.user_agent ?? ""),
        one.current ? "this one" : "",
      ]);
      const text = rows.length === 0 ? "No session stands." : table(["SESSION", "SINCE", "WITH", ""], rows);
      return { document: list(sessions), text };
    },
  });
}
