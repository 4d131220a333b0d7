import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalSession, startLocal, type LocalStack } from "@holdpoint/local";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { doctorDocument, identityDocument } from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { runCli, type CliOptions } from "./kit/run-cli.ts";

let root: string;
let stack: LocalStack;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "holdpoint-cli-local-"));
  stack = await startLocal({ dataDir: join(root, ".holdpoint"), chooseSite: async () => "http://127.0.0.1:3000" });
  const local = { rest_url: stack.restUrl, anon_key: stack.anonKey, web_url: null };
  await writeFile(join(root, ".holdpoint", "local.json"), JSON.stringify(local), { mode: 0o600 });
});
afterAll(async () => {
  await stack?.stop();
  await rm(root, { recursive: true, force: true });
});

// The stack is found from the folder alone, as for a person who stands in the checkout.
const run = (args: readonly string[], options: CliOptions = {}) =>
  runCli([...args, "--json"], { cwd: root, ...options });

const created = z.strictObject({
  user_id: z.uuid(),
  email: z.string(),
  role: z.string(),
  venture: z.string(),
  must_change: z.boolean(),
  password: z.string().optional(),
});

test("operator create makes a person who can sign in, with a password shown once or one that was given", async () => {
  const made = documentOf(await run(["operator", "create", "Ana@Acme.example", "--role", "viewer"]), created);
  expect(made).toMatchObject({ email: "ana@acme.example", role: "viewer", venture: "fleet", must_change: true });
  const login = await run(["login", "--email", "ana@acme.example", "--password-stdin"], { stdin: made.password });
  expect(documentOf(login, identityDocument)).toMatchObject({
    must_change: true,
    memberships: [{ venture: "fleet", role: "viewer" }],
  });

  const args = ["operator", "create", "bo@acme.example", "--role", "approver", "--password-stdin"];
  const given = await run(args, { stdin: "a password of my own\n" });
  expect(documentOf(given, created)).toMatchObject({ must_change: false });
  expect(given.stdout + given.stderr).not.toContain("a password of my own");

  errorOf(await run(["operator", "create", "ana@acme.example", "--role", "viewer"]), 1, "operator_exists");
  errorOf(await run(["operator", "create", "not-an-address", "--role", "viewer"]), 2, "bad_email");
  errorOf(
    await run(["operator", "create", "c@acme.example", "--role", "viewer", "--venture", "nope"]),
    1,
    "unknown_venture",
  );
  const role = errorOf(await run(["operator", "create", "c@acme.example", "--role", "aprover"]), 2, "unknown_role");
  expect(role.message).toContain("Did you mean approver?");
});

test("an admin invites, changes roles, resets a password, ends sessions and deactivates, from the command line", async () => {
  await run(["operator", "create", "root@acme.example", "--role", "admin", "--password-stdin"], {
    stdin: "root's own",
  });
  const login = (email: string, password = "root's own") =>
    run(["login", "--email", email, "--password-stdin"], { stdin: password });
  expect((await login("root@acme.example")).code).toBe(0);

  const invited = z.strictObject({ ...created.omit({ must_change: true }).shape, new: z.boolean() });
  const cy = documentOf(await run(["operator", "invite", "Cy@acme.example", "--role", "viewer"]), invited);
  expect(cy).toMatchObject({ email: "cy@acme.example", new: true, password: expect.any(String) as string });
  errorOf(await run(["operator", "invite", "cy@acme.example", "--role", "admin"]), 1, "operator_exists");
  expect((await run(["operator", "role", "cy@acme.example", "approver"])).json()).toMatchObject({ before: "viewer" });
  const typo = errorOf(await run(["operator", "role", "cyy@acme.example", "viewer"]), 1, "unknown_operator");
  expect(typo.message).toContain("Did you mean cy@acme.example?");

  const reset = z.strictObject({ email: z.string(), sessions_ended: z.int(), password: z.string().min(20) });
  const again = documentOf(await run(["operator", "reset-password", "cy@acme.example"]), reset);
  expect((await login("cy@acme.example", cy.password)).code).not.toBe(0);
  expect(documentOf(await login("cy@acme.example", again.password), identityDocument).must_change).toBe(true);
  errorOf(await run(["operator", "deactivate", "root@acme.example"]), 1, "role_too_low");
  expect((await login("root@acme.example")).code).toBe(0);
  const sessions = z.object({ items: z.array(z.looseObject({ id: z.uuid(), current: z.boolean() })) });
  expect(documentOf(await run(["operator", "sessions", "cy@acme.example"]), sessions).items).toHaveLength(1);
  expect((await run(["operator", "end-sessions", "cy@acme.example"])).json()).toMatchObject({ sessions_ended: 1 });
  expect((await run(["operator", "deactivate", "cy@acme.example", "--reason", "left"])).code).toBe(0);
  errorOf(await login("cy@acme.example", again.password), 1, "not_an_operator");
  expect((await login("root@acme.example")).code).toBe(0);
  expect((await run(["operator", "activate", "cy@acme.example"])).code).toBe(0);
});

test("doctor looks at everything, names each remedy, and shows no value", async () => {
  const secret = "hunter2-hunter2-hunter2";
  const env = {
    REDIS_URL: `redis://:${secret}@127.0.0.1:9`,
    SUPABASE_SERVICE_ROLE_KEY: secret,
    HOLDPOINT_WEB_DATABASE_URL: `mysql://${secret}`,
  };
  const result = await run(["doctor"], { env });
  const { ok, items } = documentOf(result, doctorDocument, 1);
  const status = Object.fromEntries(items.map((item) => [item.name, item.status]));
  expect(ok).toBe(false);
  expect(status).toMatchObject({
    node: "pass",
    "data api": "pass",
    database: "pass",
    redis: "fail",
    workers: "fail",
    "environment SUPABASE_SERVICE_ROLE_KEY": "pass",
    "environment HOLDPOINT_WEB_DATABASE_URL": "fail",
    "environment DATABASE_URL": "pass",
  });
  expect(items.filter((item) => item.status === "fail").every((item) => item.remedy !== null)).toBe(true);
  expect(result.stdout + result.stderr).not.toContain(secret);
  for (const url of Object.values(stack.urls)) expect(result.stdout).not.toContain(new URL(url).password);
});

test("the local stack's own operator is signed in again after a changed password ended its session", async () => {
  const client = await openLocalSession({
    ownerUrl: stack.urls.owner,
    restUrl: stack.restUrl,
    anonKey: stack.anonKey,
    sessionPath: join(root, ".holdpoint", "session.json"),
    userId: stack.admin.userId,
  });
  const { data } = await client.auth.getSession();
  const owner = new pg.Client({ connectionString: stack.urls.owner });
  await owner.connect();
  await owner.query("delete from auth.sessions where user_id = $1", [data.session?.user.id]);
  await owner.end();
  expect(documentOf(await run(["whoami"]), identityDocument).email).toBe(stack.admin.email);
});

test("with the stack stopped, commands say so and exit 5, and doctor names what is down", async () => {
  await stack.stop();
  expect(errorOf(await run(["status"]), 5, "database_unreachable").message).not.toBe("");
  const { items } = documentOf(await run(["doctor"]), doctorDocument, 1);
  expect(items.find((item) => item.name === "data api")).toMatchObject({ status: "fail" });
  expect(items.find((item) => item.name === "database")).toMatchObject({ status: "fail" });
});
