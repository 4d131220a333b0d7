import type { Command } from "commander";
import { generatePassword } from "@holdpoint/db/setup";
import { resetOperatorPassword } from "@holdpoint/db/people";
import { findOwnerUrl, withOwner } from "../../connection/owner.ts";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import { withOperatorName } from "../../core/operator-name.ts";
import type { Outcome } from "../../core/outcome.ts";
import { facts } from "../../format/table.ts";

/** `holdpoint operator reset-password` */
export function addOperatorResetPassword(parent: Command, runner: Runner): void {
  addCommand<{ passwordStdin?: boolean }>(parent, runner, {
    usage: "reset-password <email>",
    description: "give an operator a new password, to be changed at the next sign-in; its sessions end",
    options: [option("--password-stdin", "read the password from standard input (else one is made and shown once)")],
    examples: ["operator reset-password ana@acme.example"],
    notes: "Needs an admin of the fleet, signed in, and the owner's access (operator create --help says how).",
    run: reset,
  });
}

async function reset(
  context: Context,
  args: readonly string[],
  options: { passwordStdin?: boolean },
): Promise<Outcome> {
  const email = args[0] ?? "";
  const client = await context.client();
  // Before anything ends: without the owner's access the password could not be set.
  await findOwnerUrl(context);
  const given = options.passwordStdin === true ? (await context.readInput()).replace(/\r?\n$/, "") : null;
  const password = given ?? generatePassword();
  const done = await withOperatorName(client, email, () => resetOperatorPassword(client, { email }));
  await withOwner(context, ({ admin }) => admin.setPassword({ userId: done.user_id, password }));
  const { user_id: _id, ...shown } = done;
  return {
    document: given === null ? { ...shown, password } : shown,
    text: facts([
      ["operator", done.email],
      ["sessions", `${done.sessions_ended} ended`],
      ["password", given === null ? `${password}  (shown once; to be changed at the next sign-in)` : null],
    ]),
  };
}
