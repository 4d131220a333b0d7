import pg from "pg";
import { setRolePassword } from "@holdpoint/db/setup";

/**
 * Makes the role that the Lite host logs in with: it may become anon or authenticated and keep the tables of `auth`,
 * and nothing else. Repeating it sets the password. Run it after the system schema and the migrations.
 */
export async function ensureRestRole(ownerUrl: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, application_name: "holdpoint-setup" });
  await client.connect();
  try {
    await client.query("begin");
    await client.query(`do $$ begin
      if not exists (select 1 from pg_roles where rolname = 'holdpoint_rest') then create role holdpoint_rest; end if;
    end $$`);
    await setRolePassword(client, "holdpoint_rest", password);
    await client.query(`
      grant anon, authenticated to holdpoint_rest;
      grant usage on schema auth to holdpoint_rest, anon, authenticated;
      grant select, insert, update, delete on all tables in schema auth to holdpoint_rest`);
    await client.query("commit");
  } finally {
    await client.end();
  }
}
