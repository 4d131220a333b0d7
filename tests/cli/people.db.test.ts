import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sessionFile } from "@holdpoint/db/people";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { identityDocument, listOf, operatorDocument, statusDocument, ventureDocument } from "./documents.ts";
import { documentOf, errorOf } from "./kit/expect.ts";
import { runCli } from "./kit/run-cli.ts";
import { startCliStack, type CliStack } from "./kit/stack.ts";

let stack: CliStack;

beforeAll(async () => {
  stack = await startCliStack();
});
afterAll(() => stack.close());

test("venture add, list, show", async () => {
  const add = ["venture", "add", "bolt", "--name", "Bolt", "--url", "https://bolt.example", "--json"];
  errorOf(await stack.as("approver", add), 1, "role_too_low");
  const added = documentOf(await stack.as("admin", add), ventureDocument);
  expect(added).toMatchObject({ key: "bolt", name: "Bolt", url: "https://bolt.example", trusted: false });
  errorOf(await stack.as("admin", add), 1, "venture_exists");
  expect(errorOf(await stack.as("admin", ["venture", "add", "No!", "--json"]), 2, "bad_input").field).toBe("key");
  expect(
    errorOf(await stack.as("admin", ["venture", "add", "b2", "--url", "ftp://x", "--json"]), 2, "bad_input").field,
  ).toBe("url");
  const all = documentOf(await stack.as("admin", ["venture", "list", "--json"]), listOf(ventureDocument));
  expect(all.items.map((venture) => venture.key)).toEqual(["acme", "bolt", "fleet", "other"]);
  const mine = documentOf(await stack.as("viewer", ["venture", "list", "--json"]), listOf(ventureDocument));
  expect(mine.items.map((venture) => venture.key)).toEqual(["acme"]);
  expect(documentOf(await stack.as("admin", ["venture", "show", "bolt", "--json"]), ventureDocument)).toEqual(added);
  expect(
    errorOf(await stack.as("viewer", ["venture", "show", "acne", "--json"]), 1, "unknown_venture").message,
  ).toContain("acme");
});

test("whoami and operator list show what the operator may see", async () => {
  const { email } = stack.operator("viewer");
  const identity = documentOf(await stack.as("viewer", ["whoami", "--json"]), identityDocument);
  expect(identity).toMatchObject({ email, memberships: [{ venture: "acme", role: "viewer" }] });
  const own = documentOf(await stack.as("viewer", ["operator", "list", "--json"]), listOf(operatorDocument));
  expect(own.items.map((operator) => operator.email)).toEqual([email]);
  const all = documentOf(await stack.as("admin", ["operator", "list", "--json"]), listOf(operatorDocument));
  expect(all.items).toHaveLength(4);
});

test("login keeps the session in a file only its owner can read; logout ends it on the server too", async () => {
  const { email, password } = stack.operator("approver");
  const env = {
    SUPABASE_URL: stack.lite.url,
    SUPABASE_ANON_KEY: stack.lite.anonKey,
    XDG_CONFIG_HOME: join(stack.dataDir("nobody"), "config"),
    HOLDPOINT_DATA_DIR: stack.dataDir("nobody"),
  };
  const login = (secret: string) =>
    runCli(["login", "--email", email, "--password-stdin", "--json"], { env, stdin: `${secret}\n` });
  errorOf(await runCli(["whoami", "--json"], { env }), 1, "not_signed_in");
  errorOf(await login("wrong password"), 1, "invalid_credentials");
  expect(documentOf(await login(password), identityDocument).email).toBe(email);
  const file = join(
    env.XDG_CONFIG_HOME,
    "holdpoint",
    "sessions",
    `${new URL(stack.lite.url).host.replace(":", "_")}.json`,
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(documentOf(await runCli(["whoami", "--json"], { env }), identityDocument).email).toBe(email);
  expect(documentOf(await runCli(["status", "--json"], { env }), statusDocument)).toMatchObject({
    mode: "READINESS ONLY",
    workers: [],
  });
  expect((await runCli(["logout", "--json"], { env })).json()).toEqual({ signed_in: false });
  errorOf(await runCli(["whoami", "--json"], { env }), 1, "not_signed_in");
});

test("an account that is no operator does not stay signed in", async () => {
  const { email, password } = stack.operator("stranger");
  const env = {
    SUPABASE_URL: stack.lite.url,
    SUPABASE_ANON_KEY: stack.lite.anonKey,
    XDG_CONFIG_HOME: stack.dataDir("nobody"),
  };
  const login = await runCli(["login", "--email", email, "--password-stdin", "--json"], { env, stdin: password });
  errorOf(login, 1, "not_an_operator");
  errorOf(await runCli(["whoami", "--json"], { env }), 1, "not_signed_in");
});

test("a session that was revoked sees nothing at once", async () => {
  const extra = stack.dataDir("elsewhere");
  await stack.db.query("delete from auth.sessions where user_id = $1", [stack.operator("elsewhere").userId]);
  const result = await runCli(["whoami", "--json", "--data-dir", extra]);
  expect(result.code).toBe(1);
  expect(["not_an_operator", "not_signed_in"]).toContain((result.json() as { error: { reason: string } }).error.reason);
});

test("a session that has run out is refreshed, also by several commands at once", async () => {
  const storage = sessionFile(join(stack.dataDir("viewer"), "session.json"));
  const session: unknown = JSON.parse((await storage.getItem("holdpoint")) ?? "{}");
  const { refresh_token: before } = z.looseObject({ refresh_token: z.string() }).parse(session);
  await storage.setItem("holdpoint", JSON.stringify({ ...z.looseObject({}).parse(session), expires_at: 1 }));
  const results = await Promise.all([1, 2, 3, 4].map(() => stack.as("viewer", ["whoami", "--json"])));
  for (const result of results) documentOf(result, identityDocument);
  const after = z
    .looseObject({ refresh_token: z.string() })
    .parse(JSON.parse((await storage.getItem("holdpoint")) ?? "{}"));
  expect(after.refresh_token).not.toBe(before);
  documentOf(await stack.as("viewer", ["whoami", "--json"]), identityDocument);
});

test("nothing there, or nothing answering, is exit code 5", async () => {
  const empty = await runCli(["status", "--json", "--data-dir", join(stack.dataDir("nobody"), "none")]);
  errorOf(empty, 5, "no_stack");
  const dead = stack.dataDir("nobody");
  const env = { SUPABASE_URL: "http://127.0.0.1:9", SUPABASE_ANON_KEY: "sb_publishable_x", XDG_CONFIG_HOME: dead };
  const login = await runCli(["login", "--email", "a@b.example", "--password-stdin", "--json"], {
    env,
    stdin: "whatever1234",
  });
  expect(
    z.looseObject({ error: z.looseObject({ code: z.literal("unavailable") }) }).safeParse(login.json()).success,
    login.stdout,
  ).toBe(true);
  expect(login.code).toBe(5);
  await writeFile(join(dead, "local.json"), "{");
  errorOf(await runCli(["status", "--json", "--data-dir", dead]), 5, "local_file_damaged");
});

test("settings that do not fit together are told, not guessed", async () => {
  const half = await runCli(["status", "--json"], { env: { SUPABASE_URL: "http://127.0.0.1:9" } });
  expect(errorOf(half, 2, "environment_malformed").field).toBe("SUPABASE_ANON_KEY");
  const env = {
    SUPABASE_URL: "http://127.0.0.1:9",
    NEXT_PUBLIC_SUPABASE_URL: "http://127.0.0.1:8",
    SUPABASE_ANON_KEY: "x",
  };
  errorOf(await runCli(["status", "--json"], { env }), 2, "environment_malformed");
  errorOf(await runCli(["setup", "--json"], { env: {} }), 2, "environment_missing");
});

test("no secret in any output", async () => {
  const printed = stack.printed();
  for (const secret of await stack.secrets()) expect(printed.includes(secret), `${secret.slice(0, 6)}…`).toBe(false);
});

test("a session that was ended elsewhere is said, and never shown as empty lists", async () => {
  await stack.db.query("delete from auth.sessions where user_id = $1", [stack.operator("elsewhere").userId]);
  for (const args of [["jobs", "list"], ["venture", "list"], ["status"]]) {
    errorOf(await stack.as("elsewhere", [...args, "--json"]), 1, "not_an_operator");
  }
});
