import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import pg from "pg";
import { migrate } from "@holdpoint/db/migrate";
import { setRolePasswords } from "@holdpoint/db/setup";
import { createTestDatabase, MIGRATIONS, startTestServer } from "../testing/index.ts";
import type { TestDatabase, TestServer } from "../testing/index.ts";

let db: TestDatabase;
let dir: string;

beforeEach(async () => {
  db = await createTestDatabase({ empty: true });
  dir = await mkdtemp(path.join(tmpdir(), "holdpoint-migrations-"));
  await write("20260101000000_first.sql", "create table public.a (id int); insert into public.a values (1);");
});

afterEach(async () => {
  await db.drop();
  await rm(dir, { recursive: true, force: true });
});

const write = (file: string, sql: string): Promise<void> => writeFile(path.join(dir, file), sql);
const tables = async (): Promise<unknown[]> =>
  (
    await db.query(
      "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1",
    )
  ).map((row) => row.relname);

describe("migrate", () => {
  it("applies what is missing, in order, and nothing the second time", async () => {
    await write("20260102000000_second.sql", "alter table public.a add column name text;");
    await write("README.md", "not a migration");
    const first = await migrate(db.ownerUrl, { dir });
    expect(first.applied).toEqual(["20260101000000_first.sql", "20260102000000_second.sql"]);
    expect(await migrate(db.ownerUrl, { dir })).toEqual({ applied: [], version: "20260102000000" });
    const rows = await db.query("select version, name from supabase_migrations.schema_migrations order by 1");
    expect(rows).toEqual([
      { version: "20260101000000", name: "first" },
      { version: "20260102000000", name: "second" },
    ]);
  });

  it("keeps nothing of a file that fails, and names the line", async () => {
    await write("20260102000000_bad.sql", "create table public.b (id int);\n\nselect nonsense;");
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({
      reason: "migration_failed",
      message: expect.stringMatching(/20260102000000_bad\.sql \(line 3\): .*nonsense/),
    });
    expect(await tables()).toEqual(["a"]);
    await write("20260102000000_bad.sql", "create table public.b (id int);");
    expect((await migrate(db.ownerUrl, { dir })).applied).toEqual(["20260102000000_bad.sql"]);
  });

  it("refuses an edited file, a missing one, and an older one", async () => {
    await migrate(db.ownerUrl, { dir });
    await write("20251231000000_older.sql", "select 1;");
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({ reason: "migration_out_of_order" });
    await rm(path.join(dir, "20251231000000_older.sql"));
    await write("20260101000000_first.sql", "create table public.a (id bigint);");
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({ reason: "migration_edited", code: "refused" });
    await rm(path.join(dir, "20260101000000_first.sql"));
    await write("20260103000000_third.sql", "select 1;");
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({ reason: "migration_missing" });
  });

  it("takes over what Supabase's own command line applied", async () => {
    await db.query(`create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
      insert into supabase_migrations.schema_migrations values ('20260101000000', null, 'first'); create table public.a (id int)`);
    expect((await migrate(db.ownerUrl, { dir })).applied).toEqual([]);
    await write("20260101000000_first.sql", "-- edited");
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({ reason: "migration_edited" });
  });

  it("refuses a second runner while one is at work", async () => {
    await write("20260102000000_slow.sql", "select pg_sleep(1);");
    const first = migrate(db.ownerUrl, { dir });
    await expect
      .poll(async () => (await db.query("select 1 from pg_locks where locktype = 'advisory' and granted")).length)
      .toBe(1);
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({
      reason: "migration_running",
      code: "conflict",
    });
    expect((await first).applied).toHaveLength(2);
  });

  it("refuses a file with a commit of its own, an empty folder, and says when nobody answers", async () => {
    await write("20260102000000_commits.sql", "create table public.b (id int);\ncommit;\nselect 1;");
    await expect(migrate(db.ownerUrl, { dir })).rejects.toMatchObject({ reason: "migration_commits" });
    expect(await tables()).toEqual([]);
    await expect(migrate(db.ownerUrl, { dir: path.join(dir, "none") })).rejects.toMatchObject({
      reason: "migrations_not_found",
    });
    await rm(path.join(dir, "20260102000000_commits.sql"));
    await expect(migrate("postgres://nobody:x@127.0.0.1:1/x", { dir })).rejects.toMatchObject({
      reason: "migration_unreachable",
      code: "unavailable",
    });
  });
});

describe.each([15, 17] as const)(
  "Holdpoint's own migrations on PostgreSQL %i, as an owner who is no superuser",
  (major) => {
    let server: TestServer;
    let hosted: TestDatabase;

    beforeAll(async () => {
      server = await startTestServer({ major, auth: "stub", migrated: "auth only" });
      hosted = await createTestDatabase({ adminUrl: server.adminUrl });
    });
    afterAll(async () => {
      await hosted.drop();
      await server.close();
    });

    it("apply, and again change nothing", async () => {
      const password = "owner-password-for-a-test";
      await hosted.query(`
      create role hosted_owner login password '${password}' nosuperuser createdb createrole replication bypassrls;
      grant anon, authenticated, service_role to hosted_owner with admin option;
      grant usage on schema auth to hosted_owner with grant option;
      grant all on all tables in schema auth to hosted_owner with grant option;
      grant execute on all functions in schema auth to hosted_owner with grant option;
      grant create on database ${hosted.name} to hosted_owner;
      alter schema public owner to hosted_owner`);
      const url = new URL(hosted.ownerUrl);
      url.username = "hosted_owner";
      url.password = password;
      const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql"));
      expect((await migrate(url.href, { dir: MIGRATIONS })).applied).toHaveLength(files.length);
      expect((await migrate(url.href, { dir: MIGRATIONS })).applied).toEqual([]);
      const [row] = await hosted.query("select count(*)::int as n from public.ventures");
      expect(row).toEqual({ n: 1 });
      await setRolePasswords(url.href, { holdpoint_worker: "worker-password-for-a-test" });
      const worker = new URL(url);
      worker.username = "holdpoint_worker";
      worker.password = "worker-password-for-a-test";
      const client = new pg.Client({ connectionString: worker.href });
      await client.connect();
      await expect(client.query("select * from public.ventures")).rejects.toMatchObject({ code: "42501" });
      await client.end();
    });
  },
);
