/** Who may read and do what: every actor against every table and every function, through REST as the product runs it. */
import type { SupabaseClient } from "@supabase/supabase-js";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anonymous, createOperator, createStranger, signIn, startTestLite } from "@holdpoint/local/testing";
import type { TestLite } from "@holdpoint/local/testing";
import { CALLABLE, READABLE, VIEWS } from "./grants.ts";
import { at } from "./support/at.ts";
import { fillVenture } from "./support/portfolio.ts";
import type { VentureJobs } from "./support/portfolio.ts";
import { setScene } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";

const RANK = { none: 0, viewer: 1, approver: 2, admin: 3 } as const;
type Role = keyof typeof RANK;
/** What each actor is: signed in at all, an operator with a live session, and its roles. */
const ACTORS = {
  anonymous: { signedIn: false, live: false, acme: "none", fleet: "none" },
  stranger: { signedIn: true, live: false, acme: "none", fleet: "none" },
  "viewer of acme": { signedIn: true, live: true, acme: "viewer", fleet: "none" },
  "approver of acme": { signedIn: true, live: true, acme: "approver", fleet: "none" },
  "admin of acme": { signedIn: true, live: true, acme: "admin", fleet: "none" },
  "viewer of fleet": { signedIn: true, live: true, acme: "viewer", fleet: "viewer" },
  "approver of fleet": { signedIn: true, live: true, acme: "approver", fleet: "approver" },
  "admin of fleet": { signedIn: true, live: true, acme: "admin", fleet: "admin" },
  "revoked session": { signedIn: true, live: false, acme: "none", fleet: "none" },
  "deactivated admin": { signedIn: true, live: false, acme: "none", fleet: "none" },
} as const satisfies Record<string, { signedIn: boolean; live: boolean; acme: Role; fleet: Role }>;
type Actor = keyof typeof ACTORS;
const NAMES = Object.keys(ACTORS) as Actor[];

let scene: Scene;
let lite: TestLite;
let acme: VentureJobs;
let beta: VentureJobs;
const clients = new Map<Actor, SupabaseClient>();
/** Which functions each actor has called: the matrix. */
const called = new Map<Actor, Set<string>>(NAMES.map((name) => [name, new Set()]));
const as = (actor: Actor): SupabaseClient => {
  const client = clients.get(actor);
  if (client === undefined) throw new Error(`nobody is ${actor}`);
  return client;
};

beforeAll(async () => {
  scene = await setScene();
  await scene.addVenture("beta");
  acme = await fillVenture(scene, "acme");
  beta = await fillVenture(scene, "beta");
  lite = await startTestLite(scene.db);
  for (const actor of NAMES) {
    if (actor === "anonymous") clients.set(actor, anonymous(lite));
    else if (actor === "stranger") clients.set(actor, await signIn(lite, await createStranger(scene.db)));
    else {
      const { acme: inAcme, fleet }: { acme: Role; fleet: Role } = ACTORS[actor];
      const role = fleet !== "none" ? fleet : inAcme !== "none" ? inAcme : "admin";
      const venture = fleet === "none" && inAcme !== "none" ? "acme" : "fleet";
      const operator = await createOperator(scene.db, { role, venture });
      clients.set(actor, await signIn(lite, operator));
      if (actor === "revoked session")
        await scene.db.query("delete from auth.sessions where user_id = $1", [operator.userId]);
      if (actor === "deactivated admin")
        await scene.db.query("update public.operators set active = false where user_id = $1", [operator.userId]);
    }
  }
});
afterAll(async () => {
  await lite.close();
  await scene.close();
});

/** A fingerprint of every row of every table, to see that nothing was written. */
async function everything(): Promise<unknown> {
  const tables = await scene.db.query<{ name: string }>(
    "select oid::regclass::text as name from pg_class where relnamespace::regnamespace::text in ('public', 'holdpoint') and relkind = 'r' order by 1",
  );
  const prints = tables.map(async ({ name }) => {
    const [row] = await scene.db.query<{ print: string }>(
      `select md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')) as print from ${name} t`,
    );
    return [name, row?.print];
  });
  return Object.fromEntries(await Promise.all(prints));
}

describe.each(NAMES)("%s", (actor) => {
  const { live, fleet, acme: inAcme }: { live: boolean; fleet: Role; acme: Role } = ACTORS[actor];
  const ventures = !live ? [] : fleet !== "none" ? ["acme", "beta", "fleet"] : inAcme !== "none" ? ["acme"] : [];

  it.each(READABLE)("reads of %s what is its own", async (table) => {
    const { data, error } = await as(actor).from(table).select("*");
    if (actor === "anonymous") {
      expect(error).not.toBeNull();
      expect(data).toBeNull();
      return;
    }
    expect(error).toBeNull();
    const rows: Record<string, unknown>[] = data ?? [];
    const seen = new Set(rows.map((row) => row[table === "ventures" ? "key" : "venture"]));
    if (
      [
        "settings",
        "retry_tiers",
        "job_types",
        "workers",
        "duties",
        "policies",
        "incident_reasons",
        "worker_code",
      ].includes(table)
    ) {
      expect(rows.length > 0).toBe(live && table !== "duties");
    } else if (table === "operators" || table === "memberships") {
      const [all] = await scene.db.query<{ n: number }>(`select count(*)::int as n from public.${table}`);
      expect(rows).toHaveLength(!live ? 0 : fleet === "admin" ? (all?.n ?? 0) : 1);
    } else {
      for (const venture of seen) expect(ventures).toContain(venture);
      for (const venture of ventures.filter((key) => key !== "fleet")) expect(seen).toContain(venture);
    }
  });

  it("finds no partition, no unexposed table and no runtime function", async () => {
    const client = as(actor);
    const [partition] = await scene.db.query<{ name: string }>(
      "select relname as name from pg_class where relispartition and relname like 'jobs\\_y%' and relkind = 'r' limit 1",
    );
    for (const table of [partition?.name ?? "", "feed", "worker_keys", "previews"]) {
      expect((await client.from(table).select("*")).error).not.toBeNull();
      expect((await client.schema("holdpoint").from(table).select("*")).error).not.toBeNull();
    }
    for (const name of [
      ...(CALLABLE["holdpoint_worker"] ?? []),
      ...(CALLABLE["holdpoint_web"] ?? []),
      "holdpoint.create_operator",
    ]) {
      const fn = name.replace("holdpoint.", "");
      expect((await client.rpc(fn)).error, fn).not.toBeNull();
      expect((await client.schema("holdpoint").rpc(fn)).error, fn).not.toBeNull();
    }
  });

  it("writes to no table directly", async () => {
    const client = as(actor);
    const before = await everything();
    for (const table of READABLE) {
      const [column] = await scene.db.query<{ name: string }>(
        "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and atttypid in ('text'::regtype, 'public.venture_key'::regtype, 'public.type_name'::regtype) limit 1",
        [`public.${table}`],
      );
      const row: Record<string, string> = { [column?.name ?? (table === "settings" ? "time_zone" : "tier")]: "mine" };
      const [name] = Object.keys(row);
      const attempts = {
        insert: await client.from(table).insert(row as never),
        update: await client
          .from(table)
          .update(row as never)
          .neq(name ?? "", "nothing"),
        upsert: await client.from(table).upsert(row as never),
        delete: await client
          .from(table)
          .delete()
          .neq(name ?? "", "nothing"),
      };
      // Not for want of a column: for want of a right. What is not exposed at all is not found; no view can be written.
      const refusals = VIEWS.includes(table) ? ["55000", "PGRST205"] : ["42501", "PGRST205"];
      for (const [verb, { error }] of Object.entries(attempts))
        expect(refusals, `${verb} ${table}: ${error?.message}`).toContain(error?.code);
    }
    expect(await everything()).toEqual(before);
  });

  /** The reason of an rpc's error; "ok" when it answered. Past the check of rights, a call may fail for its own reasons. */
  const reason = async (fn: string, args: Record<string, unknown>): Promise<string> => {
    called.get(actor)?.add(fn);
    const { error } = await as(actor).rpc(fn, args);
    if (error === null) return "ok";
    try {
      return (JSON.parse(error.details) as { reason: string }).reason;
    } catch {
      return error.code;
    }
  };
  /** Refused by rights alone: what the machine says to whoever lacks the role in a venture. */
  const denied = (role: Role, have: Role, unseen: string): string | null => {
    if (actor === "anonymous") return "42501";
    if (!live) return "not_an_operator";
    if (have === "none") return unseen;
    return RANK[have] < RANK[role] ? "role_too_low" : null;
  };

  it("may do what its role allows, in its own venture and in others", async () => {
    const plan = "0".repeat(64);
    const correction = { p_effect: "x", p_happened: true, p_cost: 0, p_reason: "" };
    const verbs: [
      fn: string,
      needs: Role,
      in_: "acme" | "beta" | "fleet",
      args: Record<string, unknown>,
      passes: string,
      unseen?: string,
    ][] = [
      ["submit_job", "approver", "acme", { p_request: { type: "no_such_type", venture: "acme" } }, "unknown_job_type"],
      ["submit_job", "approver", "beta", { p_request: { type: "no_such_type", venture: "beta" } }, "unknown_job_type"],
      ["request_preview", "approver", "acme", { p_request: { type: "plain", venture: "acme" } }, "ok"],
      ["request_preview", "approver", "beta", { p_request: { type: "plain", venture: "beta" } }, "ok"],
      ["cancel_job", "approver", "acme", { p_job: acme.ended }, "already_ended", "unknown_job"],
      ["cancel_job", "approver", "beta", { p_job: beta.ended }, "already_ended", "unknown_job"],
      [
        "decide",
        "approver",
        "acme",
        { p_job: acme.held, p_verb: "approve", p_plan_hash: plan },
        "plan_changed",
        "unknown_job",
      ],
      [
        "decide",
        "approver",
        "acme",
        { p_job: acme.held, p_verb: "reject", p_plan_hash: plan },
        "plan_changed",
        "unknown_job",
      ],
      [
        "decide",
        "approver",
        "acme",
        { p_job: acme.dead, p_verb: "release", p_plan_hash: plan },
        "plan_changed",
        "unknown_job",
      ],
      [
        "decide",
        "approver",
        "acme",
        { p_job: acme.dead, p_verb: "discard", p_plan_hash: plan },
        "plan_changed",
        "unknown_job",
      ],
      ["decide", "approver", "acme", { p_job: acme.held, p_verb: "undo" }, "too_late_to_undo", "unknown_job"],
      [
        "decide",
        "approver",
        "beta",
        { p_job: beta.held, p_verb: "approve", p_plan_hash: plan },
        "plan_changed",
        "unknown_job",
      ],
      ["add_comment", "approver", "acme", { p_job: acme.held, p_text: "a word" }, "ok", "unknown_job"],
      ["add_comment", "approver", "beta", { p_job: beta.ended, p_text: "a word" }, "ok", "unknown_job"],
      ["add_standing", "approver", "acme", { p_job: acme.ended, p_request: {} }, "no_approval_needed", "unknown_job"],
      ["add_standing", "approver", "beta", { p_job: beta.ended, p_request: {} }, "no_approval_needed", "unknown_job"],
      ["sign_standing", "approver", "acme", { p_id: acme.standing, p_plan_hash: "" }, "ok", "unknown_standing"],
      ["end_standing", "approver", "acme", { p_id: acme.standing, p_reason: "" }, "missing_field", "unknown_standing"],
      ["send_signal", "approver", "acme", { p_job: acme.ended, p_name: "x" }, "already_ended", "unknown_job"],
      ["send_signal", "approver", "beta", { p_job: beta.held, p_name: "x" }, "ok", "unknown_job"],
      ["open_details", "approver", "acme", { p_job: acme.held }, "ok", "unknown_job"],
      ["open_details", "approver", "beta", { p_job: beta.held }, "ok", "unknown_job"],
      ["correct_authorisation", "admin", "acme", { p_job: acme.ended, ...correction }, "missing_field", "unknown_job"],
      ["correct_authorisation", "admin", "beta", { p_job: beta.ended, ...correction }, "missing_field", "unknown_job"],
      ["engage_stop", "approver", "acme", { p_scope: "venture", p_key: "acme", p_reason: "" }, "missing_field"],
      ["engage_stop", "approver", "beta", { p_scope: "venture", p_key: "beta", p_reason: "" }, "missing_field"],
      ["engage_stop", "approver", "fleet", { p_scope: "everything", p_key: "", p_reason: "" }, "missing_field"],
      ["engage_stop", "approver", "fleet", { p_scope: "type", p_key: "plain", p_reason: "" }, "missing_field"],
      ["pause_work", "approver", "acme", { p_scope: "venture", p_key: "acme", p_reason: "" }, "missing_field"],
      ["pause_work", "approver", "beta", { p_scope: "venture", p_key: "beta", p_reason: "" }, "missing_field"],
      ["pause_work", "approver", "fleet", { p_scope: "lane", p_key: "build", p_reason: "" }, "missing_field"],
      ["resume_work", "approver", "acme", { p_scope: "venture", p_key: "acme" }, "not_paused"],
      ["resume_work", "approver", "fleet", { p_scope: "everything", p_key: "" }, "not_paused"],
      ["drain_worker", "approver", "fleet", { p_worker: "nobody", p_reason: "a test" }, "unknown_worker"],
      ["undrain_worker", "approver", "fleet", { p_worker: "nobody" }, "unknown_worker"],
      [
        "kill_worker",
        "admin",
        "fleet",
        { p_worker: "x", p_reason: "a test", p_confirmation: "" },
        "confirmation_missing",
      ],
      ["invite_operator", "admin", "acme", { p_email: "x", p_venture: "acme", p_role: "viewer" }, "bad_email"],
      ["invite_operator", "admin", "fleet", { p_email: "x", p_venture: "fleet", p_role: "viewer" }, "bad_email"],
      ["set_operator_role", "admin", "acme", { p_email: "x", p_venture: "acme", p_role: "none" }, "unknown_operator"],
      ["set_operator_role", "admin", "fleet", { p_email: "x", p_venture: "fleet", p_role: "none" }, "unknown_operator"],
      ["deactivate_operator", "admin", "fleet", { p_email: "x" }, "unknown_operator"],
      ["activate_operator", "admin", "fleet", { p_email: "x" }, "unknown_operator"],
      ["reset_operator_password", "admin", "fleet", { p_email: "x" }, "unknown_operator"],
      ["operator_sessions", "admin", "fleet", { p_email: "x" }, "unknown_operator"],
      ["end_operator_sessions", "admin", "fleet", { p_email: "x" }, "unknown_operator"],
      ["set_cap", "admin", "acme", { p_request: { venture: "acme", period: "day" } }, "missing_field"],
      ["set_cap", "admin", "beta", { p_request: { venture: "beta", period: "day" } }, "missing_field"],
      ["set_cap", "admin", "fleet", { p_request: { period: "day" } }, "missing_field"],
      ["override_cap", "admin", "acme", { p_request: { venture: "acme", period: "day" } }, "missing_field"],
      ["override_cap", "admin", "fleet", { p_request: { period: "day" } }, "missing_field"],
      [
        "set_limit",
        "admin",
        "acme",
        { p_request: { scope: "venture", key: "acme", kind: "concurrency", max: "x" } },
        "bad_field",
      ],
      [
        "set_limit",
        "admin",
        "beta",
        { p_request: { scope: "venture", key: "beta", kind: "concurrency", max: "x" } },
        "bad_field",
      ],
      [
        "set_limit",
        "admin",
        "fleet",
        { p_request: { scope: "type", key: "plain", kind: "concurrency", max: "x" } },
        "bad_field",
      ],
      ["set_fleet_limits", "admin", "fleet", { p_request: {} }, "missing_field"],
      ["clear_overrun", "admin", "acme", { p_venture: "acme", p_reason: "" }, "missing_field"],
      ["clear_overrun", "admin", "beta", { p_venture: "beta", p_reason: "" }, "missing_field"],
      [
        "correct_authorisation",
        "admin",
        "acme",
        { p_job: acme.ended, p_effect: "none", p_happened: false, p_reason: "" },
        "missing_field",
        "unknown_job",
      ],
      [
        "correct_authorisation",
        "admin",
        "beta",
        { p_job: beta.ended, p_effect: "none", p_happened: false, p_reason: "" },
        "missing_field",
        "unknown_job",
      ],
      [
        "quarantine_subject",
        "approver",
        "acme",
        { p_request: { kind: "page", subject: "x", venture: "acme" } },
        "missing_field",
      ],
      [
        "quarantine_subject",
        "approver",
        "beta",
        { p_request: { kind: "page", subject: "x", venture: "beta" } },
        "missing_field",
      ],
      [
        "resolve_incident",
        "approver",
        "acme",
        { p_incident: acme.incident, p_verb: "x", p_reason: "" },
        "bad_field",
        "unknown_incident",
      ],
      [
        "resolve_incident",
        "approver",
        "beta",
        { p_incident: beta.incident, p_verb: "x", p_reason: "" },
        "bad_field",
        "unknown_incident",
      ],
      ["preview_bulk", "approver", "acme", { p_request: { filter: { venture: "acme" } } }, "ok"],
      ["preview_bulk", "approver", "fleet", { p_request: {} }, "ok"],
      ["start_bulk", "approver", "acme", { p_request: { filter: { venture: "acme" } } }, "missing_field"],
      ["start_bulk", "approver", "fleet", { p_request: {} }, "missing_field"],
      ["stop_bulk", "approver", "acme", { p_operation: acme.operation }, "already_ended", "unknown_operation"],
      ["stop_bulk", "approver", "beta", { p_operation: beta.operation }, "already_ended", "unknown_operation"],
      ["resubmit_job", "approver", "acme", { p_job: acme.dead, p_request: {} }, "missing_field", "unknown_job"],
      ["resubmit_job", "approver", "beta", { p_job: beta.dead, p_request: {} }, "missing_field", "unknown_job"],
      [
        "replay_job",
        "approver",
        "acme",
        { p_job: acme.dead, p_request: { from_step: "none" } },
        "unknown_step",
        "unknown_job",
      ],
      [
        "replay_job",
        "approver",
        "beta",
        { p_job: beta.dead, p_request: { from_step: "none" } },
        "unknown_step",
        "unknown_job",
      ],
      ["confirm_stop", "approver", "acme", { p_id: acme.stop }, "ok"],
      ["confirm_stop", "approver", "beta", { p_id: beta.stop }, "ok"],
      ["lift_stop", "admin", "acme", { p_id: acme.stop, p_confirmation: "lift" }, "confirmation_missing"],
      ["lift_stop", "admin", "beta", { p_id: beta.stop, p_confirmation: "lift" }, "confirmation_missing"],
      ["add_venture", "admin", "fleet", { p_request: { key: "acme" } }, "venture_exists"],
      ["activate_policy", "admin", "fleet", { p_request: { source: "", document: {} } }, "bad_policy"],
      ["audit_status", "viewer", "fleet", {}, "ok"],
      ["retention_status", "viewer", "fleet", {}, "ok"],
      ["set_retention", "admin", "fleet", { p_request: { months: 12 } }, "confirmation_missing"],
      ["policy_history", "viewer", "fleet", { p_since: "2026-01-01T00:00:00Z" }, "ok"],
    ];
    for (const [fn, needs, where, args, passes, unseen = "unknown_venture"] of verbs) {
      const have = where === "acme" ? inAcme : fleet;
      const expected = denied(needs, have, where === "fleet" ? "role_too_low" : unseen) ?? passes;
      expect([fn, where, args["p_verb"], await reason(fn, args)]).toEqual([fn, where, args["p_verb"], expected]);
    }
  });

  it("reads through functions what is its own", async () => {
    const client = as(actor);
    expect(await reason("whoami", {})).toBe(denied("viewer", "viewer", "") ?? "ok");
    expect(await reason("stop_status", {})).toBe(denied("viewer", "viewer", "") ?? "ok");
    expect(await reason("password_changed", {})).toBe(denied("viewer", "viewer", "") ?? "ok");
    expect(await reason("read_preview", { p_id: acme.held })).toBe(denied("viewer", "viewer", "") ?? "unknown_preview");
    for (const fn of [
      "list_jobs",
      "queue_counts",
      "now_facts",
      "decision_measures",
      "list_caps",
      "list_limits",
      "list_ledger",
      "ledger_balance",
      "operator_sessions",
      "list_incidents",
      "list_bulk",
      "list_standing",
    ])
      expect(await reason(fn, {}), fn).toBe(denied("viewer", "viewer", "") ?? "ok");
    expect(await reason("worker_detail", { p_worker: "nobody" })).toBe(
      denied("viewer", "viewer", "") ?? "unknown_worker",
    );
    expect(await reason("my_venture_keys", {})).toBe(actor === "anonymous" ? "42501" : "ok");
    const sees = ventures.includes("beta") ? "ok" : "unknown_job";
    expect(await reason("job_detail", { p_job: beta.ended })).toBe(denied("viewer", "viewer", "") ?? sees);
    expect(await reason("job_comparison", { p_job: beta.ended })).toBe(denied("viewer", "viewer", "") ?? sees);
    expect(await reason("incident_pack", { p_incident: beta.incident })).toBe(
      denied("viewer", "viewer", "") ?? (ventures.includes("beta") ? "ok" : "unknown_incident"),
    );
    expect(await reason("job_proof", { p_job: beta.ended })).toBe(denied("viewer", "viewer", "") ?? sees);
    if (actor === "anonymous") return;
    const { data: keys } = await client.rpc("my_venture_keys");
    expect(new Set(keys as string[])).toEqual(new Set(ventures));
    const { data: list } = await client.rpc("list_jobs");
    const shown = ((list as { items: { venture: string }[] } | null)?.items ?? []).map((job) => job.venture);
    expect(new Set(shown)).toEqual(new Set(ventures.filter((key) => key !== "fleet")));
    const { data: stops } = await client.rpc("stop_status");
    const keysOfStops = ((stops ?? []) as { key: string }[]).map((stop) => stop.key);
    expect(new Set(keysOfStops)).toEqual(new Set(ventures.filter((key) => key !== "fleet")));
  });
});

describe("the matrix", () => {
  it("has an entry for every function that people may call, and each actor has called each", () => {
    const functions = (CALLABLE["authenticated"] ?? [])
      .filter((name) => name.startsWith("public."))
      .map((name) => name.replace("public.", ""));
    const missing = NAMES.flatMap((actor) =>
      functions.filter((name) => !called.get(actor)?.has(name)).map((name) => `${actor}: ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

describe("by direct SQL", () => {
  const ROLES = ["holdpoint_worker", "holdpoint_web", "holdpoint_rest"] as const;

  it.each(ROLES)("%s reads and writes no table", async (role) => {
    const urls = {
      holdpoint_worker: scene.db.workerUrl,
      holdpoint_web: scene.db.webUrl,
      holdpoint_rest: scene.db.restUrl,
    };
    const client = new pg.Client({ connectionString: urls[role] });
    await client.connect();
    const tables = await scene.db.query<{ name: string; column: string }>(
      `select c.oid::regclass::text as name, quote_ident(a.attname) as column from pg_class c join pg_attribute a on a.attrelid = c.oid
         and a.attnum = (select min(f.attnum) from pg_attribute f where f.attrelid = c.oid and f.attnum > 0 and f.attidentity = '')
       where c.relnamespace::regnamespace::text in ('public', 'holdpoint') and c.relkind in ('r', 'p')`,
    );
    try {
      for (const { name, column } of tables) {
        // The host's login may become anon and authenticated, and inherits what they may read, under their policies.
        const inherits = role === "holdpoint_rest" && READABLE.includes(name.replace("public.", ""));
        const statements = [
          `insert into ${name} default values`,
          `update ${name} set ${column} = ${column}`,
          `delete from ${name}`,
          `truncate ${name}`,
          ...(inherits ? [] : [`select from ${name}`]),
        ];
        for (const sql of statements) await expect(client.query(sql), sql).rejects.toMatchObject({ code: "42501" });
        if (inherits) expect((await client.query(`select from ${name}`)).rowCount, name).toBe(0);
      }
      for (const other of ["postgres", "service_role", ...ROLES.filter((name) => name !== role)])
        await expect(client.query(`set role ${other}`)).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("create table public.mine ()")).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("create table holdpoint.mine ()")).rejects.toMatchObject({ code: "42501" });
      await expect(client.query("select public.whoami()")).rejects.toMatchObject({
        code: role === "holdpoint_rest" ? "PT401" : "42501",
      });
    } finally {
      await client.end();
    }
  });

  it("every runtime function asks for the key of a living process first", async () => {
    const functions = await scene.db.query<{ name: string; args: string[]; types: string[] }>(
      `select p.oid::regproc::text as name, p.proargnames[1:p.pronargs] as args, array(select format_type(t, null) from unnest(p.proargtypes::oid[]) t) as types
       from pg_proc p where p.pronamespace = 'holdpoint'::regnamespace and has_function_privilege('holdpoint_worker', p.oid, 'execute')
         and p.proname not in ('register_worker', 'control_no')`,
    );
    expect(functions.length).toBeGreaterThan(30);
    for (const { name, args, types } of functions) {
      expect(args.slice(0, 2), name).toEqual(["p_worker", "p_key"]);
      const rest = types.slice(2).map((type) => `, null::${type}`);
      const call = (key: string) =>
        scene.on.query(`select * from ${name}('${scene.worker.id}', '${key}'${rest.join("")})`);
      await expect(call("wrong"), name).rejects.toMatchObject({ code: "PT401" });
    }
    expect(at(functions, 0).args.length).toBeGreaterThan(1);
  });
});
