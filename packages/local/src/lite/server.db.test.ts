import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  anonymous,
  createOperator,
  createStranger,
  createTestDatabase,
  signIn,
  startTestLite,
} from "../testing/index.ts";
import type { TestDatabase, TestLite, TestOperator } from "../testing/index.ts";

let db: TestDatabase;
let lite: TestLite;
let admin: TestOperator;

beforeAll(async () => {
  db = await createTestDatabase();
  lite = await startTestLite(db);
  admin = await createOperator(db, { email: "admin@example.test" });
});

afterAll(async () => {
  await lite.close();
  await db.drop();
});

describe("what reaches Lite", () => {
  it.each([
    ["GET", "/_system/info"],
    ["GET", "/_system/config"],
    ["GET", "/"],
    ["POST", "/auth/v1/signup"],
    ["POST", "/auth/v1/otp"],
    ["POST", "/auth/v1/verify"],
    ["POST", "/auth/v1/recover"],
    ["GET", "/auth/v1/admin/users"],
    ["POST", "/auth/v1/token?grant_type=pkce"],
    ["GET", "/storage/v1/bucket"],
  ])("%s %s is a 404", async (method, path) => {
    const response = await fetch(`${lite.url}${path}`, { method, headers: { apikey: lite.anonKey } });
    expect(response.status).toBe(404);
  });

  it("refuses a browser by its Origin", async () => {
    const response = await fetch(`${lite.url}/rest/v1/ventures`, {
      headers: { apikey: lite.anonKey, origin: "http://evil.example" },
    });
    expect(response.status).toBe(404);
  });

  it("refuses a request without a key and one with a made-up secret key", async () => {
    for (const headers of [{}, { apikey: "sb_secret_0123456789abcdef0123456789abcdef" }]) {
      const response = await fetch(`${lite.url}/rest/v1/ventures`, { headers });
      expect(response.status).toBe(401);
    }
  });
});

describe("who sees what", () => {
  it("shows an admin the ventures, a stranger and the anonymous none", async () => {
    const seen = await (await signIn(lite, admin)).from("ventures").select("key");
    expect(seen.data).toEqual([{ key: "fleet" }]);
    const stranger = await signIn(lite, await createStranger(db));
    expect((await stranger.from("ventures").select("key")).data ?? []).toEqual([]);
    expect((await anonymous(lite).from("ventures").select("key")).data ?? []).toEqual([]);
  });

  it("never shows the unexposed schema", async () => {
    const client = await signIn(lite, admin);
    const { error } = await client.schema("holdpoint").from("installation").select("*");
    expect(error?.code).toBe("PGRST106");
  });

  it("shows nothing to a session that was deleted, at once", async () => {
    const client = await signIn(lite, admin);
    await db.query("delete from auth.sessions where user_id = $1", [admin.userId]);
    const { data } = await client.from("ventures").select("key");
    expect(data ?? []).toEqual([]);
  });
});

describe("sign-in", () => {
  it("gives the same successor to all who refresh one token at once, ten times over", async () => {
    const client = await signIn(lite, await createOperator(db));
    let token = (await client.auth.getSession()).data.session?.refresh_token ?? "";
    for (let round = 0; round < 10; round++) {
      const refreshed = await Promise.all(
        Array.from({ length: 8 }, () => anonymous(lite).auth.refreshSession({ refresh_token: token })),
      );
      expect(refreshed.map(({ error }) => error?.code ?? null)).toEqual(Array.from({ length: 8 }, () => null));
      const next = new Set(refreshed.map(({ data }) => data.session?.refresh_token ?? ""));
      expect(next.size).toBe(1);
      expect([...next][0]).not.toBe(token);
      token = [...next][0] ?? "";
    }
  });

  it("says no to a wrong password, and after ten asks to wait", async () => {
    const email = (await createOperator(db)).email;
    const statuses: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      const { error } = await anonymous(lite).auth.signInWithPassword({ email, password: "not the password" });
      statuses.push(error?.status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 400));
    expect(statuses[10]).toBe(429);
  });
});
