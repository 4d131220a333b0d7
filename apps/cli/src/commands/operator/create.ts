import type { Command } from "commander";
import { createOperator, generatePassword } from "@holdpoint/db/setup";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { withOwner } from "../../connection/owner.ts";
import { facts } from "../../format/table.ts";

const ROLES = ["viewer", "approver", "admin"] as const;

interface Options {
  role: string;
  venture: string;
  passwordStdin?: boolean;
}

/** `holdpoint operator create` */
export function addOperatorCreate(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "create <email>",
    description: "add a person who may sign in; needs the database owner's access, not a session",
    options: [
      requiredOption("--role <role>", "viewer reads; approver submits and decides; admin also lifts stops"),
      option("--venture <key>", "where the role holds; fleet is everywhere").default("fleet"),
      option("--password-stdin", "read the password from standard input (else one is made and shown once)"),
    ],
    examples: ["operator create ana@acme.example --role approver --venture acme"],
    notes:
      "Local stack: run it where the data folder is. Hosted: set SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY and\n" +
      "HOLDPOINT_OWNER_DATABASE_URL for this one command, and keep them nowhere else.",
    run: create,
  });
}

async function create(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const role = oneOf("role", "role", options.role, ROLES);
  const given = options.passwordStdin ? (await context.readInput()).replace(/\r?\n$/, "") : null;
  const password = given ?? generatePassword();
  const mustChange = given === null;
  const made = await withOwner(context, ({ client, admin }) =>
    createOperator(client, admin, { email: args[0] ?? "", password, role, venture: options.venture, mustChange }),
  );
  const shown = { user_id: made.userId, email: made.email, role, venture: options.venture, must_change: mustChange };
  return {
    // The one place where a password is printed: nobody else can ever show it again.
    document: given === null ? { ...shown, password } : shown,
    text: facts([
      ["operator", made.email],
      ["role", `${role} in ${options.venture}`],
      ["password", given === null ? `${password}  (shown once; to be changed at the first sign-in)` : null],
    ]),
  };
}
