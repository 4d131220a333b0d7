import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@holdpoint/local/testing";
import { dumpSchema } from "./dump.ts";
import { firstDifference, GENERATED } from "./files.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe("committed schema", () => {
  it.each(GENERATED)("$path is what the migrations make", async (file) => {
    expect(await firstDifference(file, db.owner)).toBeNull();
  });

  it.each([
    ["a column", "alter table public.ventures add column nickname text"],
    ["a check", "alter table public.settings drop constraint settings_lease_ms_check"],
    ["an index", "create index extra on public.alerts (title)"],
    ["row-level security", "alter table public.jobs disable row level security"],
    ["a table grant", "grant insert on public.jobs to authenticated"],
    ["a function grant", "grant execute on function holdpoint.new_id() to anon"],
    [
      "a function's body",
      "create or replace function holdpoint.new_id() returns uuid language sql volatile as 'select gen_random_uuid()'",
    ],
    ["an enum's value", "alter type public.job_size add value 'huge'"],
    ["a role's setting", "alter role holdpoint_web set statement_timeout = '1s'"],
  ])("shows a change of %s", async (_what, change) => {
    const client = await db.owner.connect();
    try {
      const before = await dumpSchema(client);
      await client.query("begin");
      await client.query(change);
      expect(await dumpSchema(client)).not.toBe(before);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  it("does not depend on the month", async () => {
    const { rows } = await db.owner.query<{ name: string }>(
      "select c.relname as name from pg_class c where c.relispartition and c.relnamespace = 'holdpoint'::regnamespace",
    );
    const dump = await dumpSchema(db.owner);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(dump).not.toContain(row.name);
  });
});
