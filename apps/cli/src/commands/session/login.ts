import type { Command } from "commander";
import { signIn, signOut, whoami } from "@holdpoint/db/people";
import { addCommand, option, type Runner } from "../../core/command.ts";
import type { Context } from "../../core/context.ts";
import type { Outcome } from "../../core/outcome.ts";
import { identityText } from "../../format/identity.ts";

interface Options {
  email?: string;
  passwordStdin?: boolean;
}

/** `holdpoint login` */
export function addLogin(program: Command, runner: Runner): void {
  addCommand<Options>(program, runner, {
    usage: "login",
    description: "sign in as an operator; the session is kept in a file only you can read",
    options: [
      option("--email <address>", "the operator's address (else it is asked for)"),
      option("--password-stdin", "read the password from standard input (else it is asked for)"),
    ],
    examples: ["login", "login --email ana@acme.example --password-stdin < password.txt"],
    notes: "The local stack signs its first operator in by itself.",
    run: login,
  });
}

async function login(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  const { client, url } = await context.connect();
  const email = options.email ?? (await context.ask("E-mail: ")).trim();
  const password = options.passwordStdin
    ? (await context.readInput()).replace(/\r?\n$/, "")
    : await context.ask("Password: ", { hidden: true });
  await signIn(client, { email, password });
  try {
    const identity = await whoami(client);
    const note = identity.must_change ? "\nThis password was made for you: change it in the dashboard." : "";
    return { document: identity, text: `Signed in at ${url}.\n${identityText(identity)}${note}` };
  } catch (error) {
    // An account that is no operator must not stay signed in here.
    await signOut(client);
    throw error;
  }
}
