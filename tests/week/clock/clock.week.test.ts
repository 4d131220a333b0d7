import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "@holdpoint/local/testing";
import { createSimDatabase, type SimDatabase } from "./sim-database.ts";
import { realClockIn, replaceClocks } from "./replace.ts";

const START = Date.parse("2027-03-25T00:00:00Z");
let server: TestServer;
let db: SimDatabase;

beforeAll(async () => {
  server = await startTestServer({ migrated: "auth only" });
  db = await createSimDatabase(server.adminUrl, START);
});
afterAll(async () => {
  await db.drop();
  await server.close();
});

test.each([
  ["at := clock_timestamp();", "at := sim.clock_timestamp();"],
  ["default now()", "default sim.now()"],
  ["pg_catalog.now ( ) - x", "sim.now() - x"],
  ["my_now() + sim.now() + schema.now()", "my_now() + sim.now() + schema.now()"],
])("%s", (before, after) => expect(replaceClocks(before)).toBe(after));

test.each(["select now()", "x > CURRENT_TIMESTAMP", "statement_timestamp ()", "localtime", "pg_catalog.now()"])(
  "finds the real clock in %s",
  (sql) => expect(realClockIn(sql)).not.toBeNull(),
);
test.each(["sim.now()", "known()", "current_date_of_x", "the_now"])("finds none in %s", (sql) =>
  expect(realClockIn(sql)).toBeNull(),
);

test("no function, default, policy, check, view or index of ours reads a real clock", async () => {
  // With every name written out.
  const client = await db.owner.connect();
  await client.query("set search_path = ''");
  const { rows: definitions } = await client.query<{ name: string; text: string }>(
    `with n as (select oid, nspname from pg_namespace where nspname in ('public', 'holdpoint'))
     select n.nspname || '.' || p.proname as name, p.prosrc as text from pg_proc p join n on n.oid = p.pronamespace
     union all select 'default of ' || c.relname, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_class c on c.oid = d.adrelid join n on n.oid = c.relnamespace
     union all select 'check ' || k.conname, pg_get_constraintdef(k.oid) from pg_constraint k join n on n.oid = k.connamespace
     union all select 'policy ' || q.policyname, coalesce(q.qual, '') || coalesce(q.with_check, '') from pg_policies q join n on n.nspname = q.schemaname
     union all select 'view ' || v.viewname, v.definition from pg_views v join n on n.nspname = v.schemaname
     union all select 'index ' || i.indexname, i.indexdef from pg_indexes i join n on n.nspname = i.schemaname`,
  );
  client.release(true);
  expect(definitions.length).toBeGreaterThan(500);
  // The migration runner's own table, which it makes before the first file.
  const ours = definitions.filter(({ name }) => name !== "default of migration_hashes");
  const found = ours.flatMap(({ name, text }) => {
    const clock = realClockIn(text);
    return clock === null ? [] : [`${name}: ${clock}`];
  });
  expect(found).toEqual([]);
});

test("the clock is the simulation's, for every role, and only goes forward", async () => {
  const read = async () => {
    const [row] = await db.query<{ at: Date; short: Date; id: string }>(
      "select sim.clock_timestamp() as at, clock_timestamp() as short, holdpoint.new_id() as id",
    );
    if (row === undefined) throw new Error("no row");
    return row;
  };
  const first = await read();
  expect(Math.abs(first.at.getTime() - START)).toBeLessThan(60_000);
  expect(Math.abs(first.short.getTime() - START)).toBeLessThan(60_000);
  // The time in a new id is the simulation's too: jobs go into the partition of their month.
  expect(Number.parseInt(first.id.replaceAll("-", "").slice(0, 12), 16)).toBe(first.at.getTime());
  await db.setClock(START + 3_600_000);
  expect((await read()).at.getTime() - START).toBeGreaterThanOrEqual(3_600_000);
  await db.setClock(START);
  expect((await read()).at.getTime() - START).toBeGreaterThanOrEqual(3_600_000);
});
