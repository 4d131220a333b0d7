import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PoolClient } from "pg";
import type { AuthAdmin } from "@holdpoint/db/auth-admin";
import { createOperator } from "@holdpoint/db/setup";
import { anonymous, createTestDatabase, signIn, startTestLite } from "../testing/index.ts";
import type { TestDatabase, TestLite } from "../testing/index.ts";
import { localAuthAdmin } from "./local-auth-admin.ts";

let db: TestDatabase;
let lite: TestLite;
let client: PoolClient;
let admin: AuthAdmin;

beforeAll(async () => {
  db = await createTestDatabase();
  lite = await startTestLite(db);
  client = await db.owner.connect();
  admin = localAuthAdmin(client, { rounds: 4 });
});

afterAll(async () => {
  client.release();
  await lite.close();
  await db.drop();
});

const password = "a password for a test";

describe("the local AuthAdmin", () => {
  it("makes a user who can sign in, once", async () => {
    const { userId } = await admin.create({ email: "One@Example.test", password });
    const session = await signIn(lite, { email: "one@example.test", password });
    expect((await session.auth.getUser()).data.user?.id).toBe(userId);
    await expect(admin.create({ email: "one@example.TEST", password })).rejects.toMatchObject({
      code: "conflict",
      reason: "email_taken",
    });
  });

  it("sets a password and ends sessions", async () => {
    const { userId } = await admin.create({ email: "two@example.test", password });
    const session = await signIn(lite, { email: "two@example.test", password });
    await admin.setPassword({ userId, password: "another password" });
    expect(await admin.revokeSessions(userId)).toBe(1);
    expect((await session.auth.getUser()).data.user).toBeNull();
    const old = await anonymous(lite).auth.signInWithPassword({ email: "two@example.test", password });
    expect(old.error?.status).toBe(400);
    await signIn(lite, { email: "two@example.test", password: "another password" });
  });

  it("knows no stranger", async () => {
    const stranger = { userId: "00000000-0000-0000-0000-000000000001", password };
    await expect(admin.setPassword(stranger)).rejects.toMatchObject({ code: "not_found" });
    expect(await admin.revokeSessions(stranger.userId)).toBe(0);
  });
});

describe("createOperator", () => {
  it("makes an operator with one membership and an event", async () => {
    const made = await createOperator(client, admin, {
      email: " Ann@Example.test ",
      password,
      role: "approver",
      mustChange: true,
    });
    expect(made.email).toBe("ann@example.test");
    expect(
      await db.query("select must_change, active from public.operators where user_id = $1", [made.userId]),
    ).toEqual([{ must_change: true, active: true }]);
    expect(await db.query("select venture, role from public.memberships where user_id = $1", [made.userId])).toEqual([
      { venture: "fleet", role: "approver" },
    ]);
    const [event] = await db.query(
      "select type, body from public.venture_events where type = 'operator.added' order by at desc limit 1",
    );
    expect(event?.body).toContain(made.userId);
    await expect(
      createOperator(client, admin, { email: "ann@example.test", password, role: "admin", mustChange: false }),
    ).rejects.toMatchObject({ code: "conflict", reason: "operator_exists" });
  });

  it("finishes what died between the account and the operator", async () => {
    const { userId } = await admin.create({ email: "half@example.test", password: "the first password" });
    const made = await createOperator(client, admin, {
      email: "half@example.test",
      password,
      role: "viewer",
      mustChange: false,
    });
    expect(made.userId).toBe(userId);
    await signIn(lite, { email: "half@example.test", password });
  });

  it("refuses what is no e-mail, and a venture that is not there", async () => {
    const operator = { email: "nobody", password, role: "viewer", mustChange: false } as const;
    await expect(createOperator(client, admin, operator)).rejects.toMatchObject({ code: "invalid", field: "email" });
    await expect(
      createOperator(client, admin, { ...operator, email: "x@example.test", venture: "nope" }),
    ).rejects.toMatchObject({
      code: "not_found",
      field: "venture",
    });
    expect(await db.query("select 1 from auth.users where email = 'x@example.test'")).toEqual([]);
  });
});
