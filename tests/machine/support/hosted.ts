import { createTestDatabase, startTestServer, TEST_PASSWORD } from "@holdpoint/local/testing";
import type { TestDatabase, TestServer } from "@holdpoint/local/testing";

/** A platform's owner: may make roles and databases and read everything, is no superuser, and owns `public`. */
const HOSTED = (database: string) => `
  create role hosted login password '${TEST_PASSWORD}' nosuperuser createdb createrole replication bypassrls;
  grant anon, authenticated, service_role to hosted with admin option;
  grant usage on schema auth to hosted with grant option;
  grant all on all tables in schema auth to hosted with grant option;
  grant execute on all functions in schema auth to hosted with grant option;
  grant create on database ${database} to hosted;
  alter schema public owner to hosted;
  alter default privileges for role hosted in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges for role hosted in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges for role hosted in schema public grant all on sequences to anon, authenticated, service_role`;

export interface Hosted {
  readonly server: TestServer;
  readonly db: TestDatabase;
  /** As the platform's owner. */
  readonly ownerUrl: string;
}

/** An empty database as hosted Supabase has it: its auth schema, its owner, its grants; none of our migrations. */
export async function startHosted(major: 15 | 17): Promise<Hosted> {
  const server = await startTestServer({ major, auth: "stub", migrated: "auth only" });
  const db = await createTestDatabase({ adminUrl: server.adminUrl });
  await db.query(HOSTED(db.name));
  const url = new URL(db.ownerUrl);
  url.username = "hosted";
  url.password = TEST_PASSWORD;
  return { server, db, ownerUrl: url.href };
}
