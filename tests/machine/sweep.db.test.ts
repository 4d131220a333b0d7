/** Every table, partition, sequence, view and function: what the catalogue says against what grants.ts allows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous, createOperator, createTestDatabase, signIn, startTestLite } from "@holdpoint/local/testing";
import type { TestDatabase, TestLite } from "@holdpoint/local/testing";
import { CALLABLE, INVOKERS, MEMBERSHIPS, READABLE, SCHEMA_USAGE, VIEWS } from "./grants.ts";

const SCHEMAS = "('public', 'holdpoint')";
let db: TestDatabase;
let lite: TestLite;
beforeAll(async () => {
  db = await createTestDatabase();
  // A month that the migrations did not make: partitions of a running installation count too.
  await db.query("select holdpoint.ensure_partition(now() + interval '7 months')");
  lite = await startTestLite(db);
  // Stock platforms grant when they start, and at the first request of each kind.
  const operator = await createOperator(db);
  const client = await signIn(lite, operator);
  for (const reader of [client, anonymous(lite)]) {
    await reader.from("jobs").select("id");
    await reader.from("jobs").insert({ id: crypto.randomUUID() });
    await reader.rpc("whoami");
  }
});
afterAll(async () => {
  await lite.close();
  await db.drop();
});

const names = async (sql: string) => (await db.query<{ name: string }>(sql)).map((row) => row.name);
const sorted = (list: readonly string[]) => [...list].toSorted((a, b) => (a < b ? -1 : 1));

/** `grantee privilege on schema.object` for every right in an access list of somebody other than the owner. */
const granted = (what: string, acl: string, owner: string, from: string, where: string) => `
  select distinct case a.grantee when 0 then 'PUBLIC' else a.grantee::regrole::text end || ' ' || lower(a.privilege_type) || ' on ' || ${what}
    || case when a.is_grantable then ' with grant option' else '' end as name
  from ${from} cross join lateral aclexplode(${acl}) a where ${where} and a.grantee <> ${owner}`;

describe("tables, partitions, sequences and views", () => {
  const RELATION = `pg_class c where c.relnamespace::regnamespace::text in ${SCHEMAS}`;

  it("have row-level security on, each of them", async () => {
    const tables = await names(`select oid::regclass::text as name from ${RELATION} and relkind in ('r', 'p')`);
    expect(tables.length).toBeGreaterThan(40);
    expect(
      await names(
        `select oid::regclass::text as name from ${RELATION} and relkind in ('r', 'p') and not relrowsecurity`,
      ),
    ).toEqual([]);
    // A view reads with its owner's rights unless it says otherwise; a partition by its own name would pass the
    // parent's policies by.
    const views = await db.query(
      `select relname as name, reloptions from ${RELATION} and relkind in ('v', 'm', 'f') order by 1`,
    );
    expect(views).toEqual(VIEWS.map((name) => ({ name, reloptions: ["security_invoker=true"] })));
    expect(
      await names(
        `select oid::regclass::text as name from ${RELATION} and relispartition and relnamespace <> 'holdpoint'::regnamespace`,
      ),
    ).toEqual([]);
  });

  it("are readable exactly as listed, and writable by nobody", async () => {
    const rights = await names(
      granted(
        "n.nspname || '.' || c.relname",
        "coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::\"char\", c.relowner))",
        "c.relowner",
        "pg_class c join pg_namespace n on n.oid = c.relnamespace",
        `n.nspname in ${SCHEMAS} and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')`,
      ),
    );
    expect(sorted(rights)).toEqual(sorted(READABLE.map((table) => `authenticated select on public.${table}`)));
    const columns = await names(
      granted(
        "c.oid::regclass::text || '.' || t.attname",
        "t.attacl",
        "c.relowner",
        "pg_class c join pg_attribute t on t.attrelid = c.oid",
        `c.relnamespace::regnamespace::text in ${SCHEMAS}`,
      ),
    );
    expect(columns).toEqual([]);
  });

  it("have a policy exactly where people may read, for reading only, and for the signed-in only", async () => {
    const policies = await db.query<{ name: string; cmd: string; roles: string; bare: boolean }>(
      "select schemaname || '.' || tablename as name, cmd, roles::text as roles, qual ~ 'auth\\.' as bare from pg_policies where schemaname in ('public', 'holdpoint')",
    );
    for (const policy of policies)
      expect(policy).toMatchObject({ cmd: "SELECT", roles: "{authenticated}", bare: false });
    const withPolicy = new Set(policies.map((policy) => policy.name));
    const tables = READABLE.filter((name) => !VIEWS.includes(name));
    expect(sorted([...withPolicy])).toEqual(sorted(tables.map((table) => `public.${table}`)));
  });

  it("of the auth service are closed to people", async () => {
    const open = `select r.rolname || ' ' || p.name || ' on ' || c.oid::regclass as name from pg_class c, pg_roles r,
      unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p(name)
      where c.relnamespace = 'auth'::regnamespace and c.relkind in ('r', 'p', 'v') and r.rolname in ('anon', 'authenticated', 'holdpoint_worker', 'holdpoint_web')
        and has_table_privilege(r.oid, c.oid, p.name)`;
    expect(await names(open)).toEqual([]);
  });

  it("belong to the role that migrates", async () => {
    expect(await names(`select distinct relowner::regrole::text as name from ${RELATION}`)).toEqual(["postgres"]);
  });
});

describe("functions", () => {
  const FUNCTION = `pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ${SCHEMAS}`;

  it("are executable exactly as listed, and none by PUBLIC", async () => {
    const rights = await names(
      granted(
        "n.nspname || '.' || p.proname",
        "coalesce(p.proacl, acldefault('f', p.proowner))",
        "p.proowner",
        "pg_proc p join pg_namespace n on n.oid = p.pronamespace",
        `n.nspname in ${SCHEMAS}`,
      ),
    );
    const allowed = Object.entries(CALLABLE).flatMap(([role, list]) =>
      list.map((name) => `${role} execute on ${name}`),
    );
    expect(sorted(rights)).toEqual(sorted(allowed));
  });

  it("are not overloaded: a name is one set of checks", async () => {
    expect(
      await names(`select n.nspname || '.' || p.proname as name from ${FUNCTION} group by 1 having count(*) > 1`),
    ).toEqual([]);
  });

  it("that run with the owner's rights pin search_path and belong to the role that migrates", async () => {
    const loose = `select p.oid::regprocedure::text as name from ${FUNCTION} and p.prosecdef
      and (p.proowner::regrole::text <> 'postgres' or not coalesce('search_path=""' = any (p.proconfig), false))`;
    expect(await names(loose)).toEqual([]);
  });

  it("run with the owner's rights for whoever may not read the tables, and only for them", async () => {
    const invokers = await names(
      `select p.proname as name from ${FUNCTION} and n.nspname = 'public' and not p.prosecdef`,
    );
    expect(sorted(invokers)).toEqual(sorted(INVOKERS));
    const runtime = [...(CALLABLE["holdpoint_worker"] ?? []), ...(CALLABLE["holdpoint_web"] ?? [])];
    const definers = await names(`select n.nspname || '.' || p.proname as name from ${FUNCTION} and p.prosecdef`);
    expect(runtime.filter((name) => !definers.includes(name))).toEqual([]);
    // What the owner's rights reach must be callable by somebody, or it is a hole that waits for a grant.
    const callable = new Set(Object.values(CALLABLE).flat());
    const unlisted = definers.filter((name) => !callable.has(name));
    expect(sorted(unlisted)).toEqual(["holdpoint.ensure_partition", "holdpoint.require_role"]);
  });
});

describe("schemas and roles", () => {
  it("may be used exactly as listed, and created in by nobody", async () => {
    const rights = await names(
      granted(
        "n.nspname",
        "coalesce(n.nspacl, acldefault('n', n.nspowner))",
        "n.nspowner",
        "pg_namespace n",
        `n.nspname in ${SCHEMAS}`,
      ),
    );
    const allowed = Object.entries(SCHEMA_USAGE).flatMap(([schema, roles]) =>
      roles.map((role) => `${role} usage on ${schema}`),
    );
    expect(sorted(rights.filter((right) => !right.startsWith("pg_database_owner")))).toEqual(sorted(allowed));
  });

  it("have no attribute that passes row-level security by, and no members but those listed", async () => {
    const roles = "('anon', 'authenticated', 'service_role', 'holdpoint_worker', 'holdpoint_web', 'holdpoint_rest')";
    const strong = `select rolname::text as name from pg_roles where rolname in ${roles} and (rolsuper or rolcreaterole or rolcreatedb or rolreplication)`;
    expect(await names(strong)).toEqual([]);
    expect(
      await names(
        "select rolname::text as name from pg_roles where rolbypassrls and rolname ~ '^holdpoint_|^anon$|^authenticated$'",
      ),
    ).toEqual([]);
    const members = await names(
      `select m.member::regrole::text || ' in ' || m.roleid::regrole::text as name from pg_auth_members m where m.member::regrole::text in ${roles} or m.roleid::regrole::text in ${roles}`,
    );
    expect(sorted(members)).toEqual(sorted(MEMBERSHIPS));
  });
});
