/**
 * The same migrations and the same flow on every PostgreSQL that Supabase hosts and on the local one: on 15 and 17 as
 * hosted Supabase has it (SUPABASE.md, part 4), where the owner is no superuser and platform defaults grant everything.
 */
import { readdir } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "@holdpoint/db/migrate";
import { setRolePasswords } from "@holdpoint/db/setup";
import { MIGRATIONS, TEST_PASSWORD } from "@holdpoint/local/testing";
import type { TestDatabase, TestServer } from "@holdpoint/local/testing";
import { checkDatabase, ensurePartitions, heartbeat, pickReady, reap, seal, tendBlocks } from "@holdpoint/db/runtime";
import { CALLABLE, READABLE } from "./grants.ts";
import { admit } from "./support/admission.ts";
import { at } from "./support/at.ts";
import { startHosted } from "./support/hosted.ts";
import { expectInvariants } from "./support/invariants.ts";
import { signInAs } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

describe.each([15, 17, 18] as const)("PostgreSQL %i", (major) => {
  let server: TestServer;
  let db: TestDatabase;
  let scene: Scene;
  beforeAll(async () => {
    if (major === 18) {
      scene = await setScene();
      db = scene.db;
      return;
    }
    const hosted = await startHosted(major);
    ({ server, db } = hosted);
    const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".sql"));
    expect((await migrate(hosted.ownerUrl, { dir: MIGRATIONS })).applied).toHaveLength(files.length);
    expect((await migrate(hosted.ownerUrl, { dir: MIGRATIONS })).applied).toEqual([]);
    await setRolePasswords(hosted.ownerUrl, { holdpoint_worker: TEST_PASSWORD, holdpoint_web: TEST_PASSWORD });
    scene = await setScene({ database: db });
  });
  afterAll(async () => {
    await scene?.close();
    await server?.close();
  });

  it("grants what the list says and nothing else, whatever the platform grants by default", async () => {
    const people = "('anon', 'authenticated', 'service_role', 'holdpoint_worker', 'holdpoint_web')";
    const tables = await db.query<{ name: string }>(
      `select distinct r.rolname || ' ' || p.name || ' ' || c.oid::regclass as name from pg_class c, pg_roles r,
         unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger']) p(name)
       where c.relnamespace::regnamespace::text in ('public', 'holdpoint') and c.relkind in ('r', 'p', 'v') and r.rolname in ${people}
         and has_table_privilege(r.oid, c.oid, p.name)`,
    );
    const readable = READABLE.map((table) => `authenticated select ${table}`);
    expect(tables.map((row) => row.name.replace("public.", "")).toSorted()).toEqual(readable.toSorted());
    const functions = await db.query<{ name: string }>(
      `select r.rolname || ' ' || n.nspname || '.' || p.proname as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace, pg_roles r
       where n.nspname in ('public', 'holdpoint') and r.rolname in ${people} and has_function_privilege(r.oid, p.oid, 'execute')`,
    );
    const callable = Object.entries(CALLABLE).flatMap(([role, list]) => list.map((name) => `${role} ${name}`));
    expect(functions.map((row) => row.name).toSorted()).toEqual(callable.toSorted());
  });

  it("carries a job from a person's submit through approval, loss, retry and success, with its feed and seal", async () => {
    const person = await signInAs(db, "approver");
    const { id } = await person.call<{ id: string }>("submit_job", { type: "plain", venture: "acme", urgent: true });
    const job = { id, type: "plain", venture: "acme" } as const;
    expect(await admit(scene.on, scene.worker, [job], "held")).toBe(1);
    const detail = await person.call<{ plan: { hash: string } }>("job_detail", id);
    await expect(person.call("decide", id, "approve", "0".repeat(64), "no")).rejects.toMatchObject({ code: "PT409" });
    await person.call("decide", id, "approve", detail.plan.hash, "go");
    await person.call("decide", id, "undo", null, "wait");
    await person.call("decide", id, "approve", detail.plan.hash, "go");
    const offer = async () => {
      const rows = await pickReady(scene.on, scene.worker, {
        queue: "job",
        want: 9,
        cursor: "",
        out: [],
        look: true,
      });
      return rows.filter((row) => row.kind === "ready").map((row) => ({ id: row.job_id, dispatchNo: row.dispatch_no }));
    };
    const [first] = await scene.claim(await offer());
    expect(first).toMatchObject({ verdict: "claimed", run_no: 1 });
    await scene.db.query("update public.runs set listed_at = listed_at - interval '1 hour'");
    await heartbeat(scene.on, scene.worker, [], {});
    const [second] = await scene.claim(await offer());
    expect(second).toMatchObject({ verdict: "claimed", run_no: 2 });
    const lease = { jobId: id, token: second!.token };
    expect(await heartbeat(scene.on, scene.worker, [{ ...lease, progress: null }], {})).toMatchObject([
      { verdict: "renewed" },
    ]);
    expect(await scene.settle([lease])).toMatchObject([{ verdict: "settled", state: "succeeded" }]);
    await reap(scene.on, scene.worker, 10);
    await tendBlocks(scene.on, scene.worker);
    expect(await checkDatabase(scene.on, scene.worker)).toBe(1);
    expect(await ensurePartitions(scene.on, scene.worker)).toBe(0);
    await expect.poll(() => seal(scene.on, scene.worker)).toMatchObject({ no: 1 });
    const { id: stop } = await person.call<{ id: string }>("engage_stop", "everything", "", "a test");
    expect(await person.call("confirm_stop", stop)).toMatchObject({ effective_at: expect.any(String) });
    const web = new pg.Client({ connectionString: db.webUrl });
    await web.connect();
    const told = async () => {
      const text = "select stream, type from holdpoint.read_feed(1, '0', 0, 0, 1000)";
      const { rows } = await web.query<{ stream: string; type: string }>(text);
      return rows.filter((row) => row.stream === id).map((row) => row.type);
    };
    // On the shared server, other tests' writers may hold the feed back for a moment.
    const decisions = ["decision.approved", "decision.undone", "decision.approved"];
    await expect.poll(told).toEqual(["submitted", "held", ...decisions, "running", "lost", "running", "succeeded"]);
    await web.end();
    for (const fn of ["now_facts", "queue_counts", "list_jobs", "stop_status", "whoami"]) await person.call(fn);
    await person.close();
    await expectInvariants(db);
  });

  it("makes the partitions of a month to come with the same rights as the first", async () => {
    await db.query("select holdpoint.ensure_partition(now() + interval '40 days')");
    const bare = await db.query(
      "select oid::regclass::text as name from pg_class where relispartition and relkind = 'r' and (not relrowsecurity or has_table_privilege('authenticated', oid, 'select'))",
    );
    expect(bare).toEqual([]);
    expect(
      at(
        await db.query<{ n: number }>("select count(*)::int as n from pg_class where relispartition and relkind = 'r'"),
        0,
      ).n % 3,
    ).toBe(0);
  });
});
