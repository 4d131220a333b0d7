import type { Command } from "commander";
import { migrate } from "@holdpoint/db/migrate";
import { createOperator, generatePassword, generateSecret, setRolePasswords } from "@holdpoint/db/setup";
import { HoldpointError } from "@holdpoint/policy";
import { hostedProject } from "../connection/hosted.ts";
import { findOwnerUrl, MIGRATIONS, withOwner, type Owner } from "../connection/owner.ts";
import { addCommand, option, type Runner } from "../core/command.ts";
import type { Context } from "../core/context.ts";
import type { Outcome } from "../core/outcome.ts";
import { facts } from "../format/table.ts";

const ROLES = { holdpoint_worker: "DATABASE_URL", holdpoint_web: "HOLDPOINT_WEB_DATABASE_URL" } as const;
type Role = keyof typeof ROLES;

interface Options {
  adminEmail?: string;
  rotatePasswords?: boolean;
}

/** `holdpoint setup` */
export function addSetup(program: Command, runner: Runner): void {
  addCommand<Options>(program, runner, {
    usage: "setup",
    description: "prepare a hosted Supabase project: migrations, passwords of the roles, the first admin",
    options: [
      option("--admin-email <address>", "the first admin's address; needed while there is no operator"),
      option("--rotate-passwords", "new passwords for the worker's and the dashboard's role; the old ones end at once"),
    ],
    examples: ["setup --admin-email ana@acme.example", "setup   # again, after an upgrade: only what is missing"],
    notes:
      "Needs SUPABASE_URL, SUPABASE_ANON_KEY, SUPABASE_SERVICE_ROLE_KEY and HOLDPOINT_OWNER_DATABASE_URL (a direct or\n" +
      "session-mode connection). Safe to repeat. New passwords are shown once. The local stack sets itself up.",
    run: setup,
  });
}

async function setup(context: Context, _args: readonly string[], options: Options): Promise<Outcome> {
  if (!hostedProject(context.env)) {
    throw new HoldpointError(
      "invalid",
      "environment_missing",
      "SUPABASE_URL is MISSING: setup prepares a hosted project.",
      {
        field: "SUPABASE_URL",
        remedy: "Set SUPABASE_URL and SUPABASE_ANON_KEY. The local stack (`npm start`) sets itself up.",
      },
    );
  }
  const ownerUrl = await findOwnerUrl(context);
  return await withOwner(context, async (owner) => {
    const { applied, version } = await migrate(ownerUrl, { dir: MIGRATIONS, log: (line) => context.say(line) });
    // BullMQ takes a while to load, and only this command needs it.
    const { migrateBullmqSchema } = await import("@holdpoint/queues");
    await migrateBullmqSchema(ownerUrl, "holdpoint_worker");
    // What is shown once is made last, the likelier failure first: nothing may fail between making and showing it.
    const admin = await firstAdmin(owner, options.adminEmail);
    const urls = await roleUrls(owner, ownerUrl, options.rotatePasswords === true);
    return {
      document: { schema_version: version, migrations_applied: applied, role_urls: urls, admin },
      text: facts([
        ["schema", `${version}, ${applied.length} migrations applied`],
        ...Object.entries(urls).map(([name, url]) => [name, `${url}  (shown once)`] as const),
        [
          "first admin",
          admin ? `${admin.email}, password ${admin.password}  (shown once)` : "there are operators already",
        ],
        ["next", "put the URLs where worker and dashboard run, then: holdpoint login"],
      ]),
    };
  });
}

/** URLs of the roles that got a password now, by environment name. A role that can log in keeps what it has. */
async function roleUrls({ client }: Owner, ownerUrl: string, rotate: boolean): Promise<Record<string, string>> {
  const { rows } = await client.query<{ rolname: Role }>(
    "select rolname from pg_roles where rolname = any ($1) and ($2 or not rolcanlogin)",
    [Object.keys(ROLES), rotate],
  );
  const passwords: Partial<Record<Role, string>> = {};
  for (const { rolname } of rows) passwords[rolname] = generateSecret();
  await setRolePasswords(ownerUrl, passwords);
  return Object.fromEntries(
    Object.entries(passwords).map(([role, password]) => {
      const url = new URL(ownerUrl);
      // Behind a pooler the login name carries the project: postgres.<ref> becomes <role>.<ref>.
      url.username = url.username.replace(/^[^.]+/, role);
      url.password = password;
      return [role === "holdpoint_web" ? ROLES.holdpoint_web : ROLES.holdpoint_worker, url.href];
    }),
  );
}

async function firstAdmin(
  { client, admin }: Owner,
  email: string | undefined,
): Promise<{ email: string; password: string } | null> {
  const { rowCount } = await client.query("select 1 from public.operators limit 1");
  if (rowCount !== 0) return null;
  if (email === undefined) {
    throw new HoldpointError("invalid", "missing_option", "There is no operator yet: name the first admin.", {
      field: "admin-email",
      remedy: "Repeat with --admin-email ADDRESS; what is done already stays done.",
    });
  }
  const password = generatePassword();
  await createOperator(client, admin, { email, password, role: "admin", mustChange: true });
  return { email, password };
}
