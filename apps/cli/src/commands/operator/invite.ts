import type { Command } from "commander";
import { generatePassword } from "@holdpoint/db/setup";
import { inviteOperator, type Invited } from "@holdpoint/db/people";
import { HoldpointError } from "@holdpoint/policy";
import { withOwner } from "../../connection/owner.ts";
import { addCommand, option, requiredOption, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { oneOf } from "../../core/unknown-name.ts";
import { withVentureName } from "../../core/venture-name.ts";
import { facts } from "../../format/table.ts";

const ROLES = ["viewer", "approver", "admin"] as const;

interface Options {
  role: string;
  venture: string;
  passwordStdin?: boolean;
}

/** `holdpoint operator invite` */
export function addOperatorInvite(parent: Command, runner: Runner): void {
  addCommand<Options>(parent, runner, {
    usage: "invite <email>",
    description: "make a person an operator of a venture, as its signed-in admin",
    options: [
      requiredOption("--role <role>", "viewer reads; approver submits, decides and stops; admin also lifts stops"),
      option("--venture <key>", "where the role holds; fleet is everywhere").default("fleet"),
      option("--password-stdin", "read the first password from standard input (else one is made and shown once)"),
    ],
    examples: ["operator invite ana@acme.example --role approver --venture acme"],
    notes:
      "Somebody without an account gets one: that needs the owner's access (operator create --help says how).\n" +
      "An account that exists keeps its password. Nobody becomes an operator by signing up.",
    run: invite,
  });
}

async function invite(context: Context, args: readonly string[], options: Options): Promise<Outcome> {
  const email = (args[0] ?? "").trim().toLowerCase();
  const role = oneOf("role", "role", options.role, ROLES);
  const { venture } = options;
  const client = await context.client();
  const call = (mustChange: boolean): Promise<Invited> =>
    withVentureName(client, venture, () => inviteOperator(client, { email, venture, role, mustChange }));
  let password: string | null = null;
  let invited: Invited;
  try {
    // The database says first whether this admin may, before an account is made.
    invited = await call(false);
  } catch (error) {
    if (!(error instanceof HoldpointError) || error.reason !== "no_account") throw error;
    const given = options.passwordStdin === true ? (await context.readInput()).replace(/\r?\n$/, "") : null;
    const first = given ?? generatePassword();
    await withOwner(context, ({ admin }) => admin.create({ email, password: first }));
    invited = await call(true);
    password = given === null ? first : null;
  }
  return {
    document: password === null ? invited : { ...invited, password },
    text: facts([
      ["operator", invited.email],
      ["role", `${invited.role} in ${invited.venture}`],
      ["password", password === null ? null : `${password}  (shown once; to be changed at the first sign-in)`],
    ]),
  };
}
