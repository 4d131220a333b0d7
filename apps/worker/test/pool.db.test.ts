import { DatabasePool } from "@holdpoint/db/runtime";
import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let db: TestDatabase;
let pool: DatabasePool;
beforeAll(async () => {
  db = await createTestDatabase();
  pool = new DatabasePool({ url: db.workerUrl, max: 1, name: "pool-test", queryTimeoutMs: 500 });
});
afterAll(async () => {
  await pool.end();
  await db.drop();
});

const pid = async (): Promise<number | undefined> =>
  (await pool.query<{ pid: number }>({ text: "select pg_backend_pid() as pid" })).rows[0]?.pid;

test("an SQL error leaves its connection in the pool", async () => {
  const before = await pid();
  await expect(pool.query({ text: "select 1 / 0" })).rejects.toMatchObject({ code: "22012" });
  expect(await pid()).toBe(before);
});

test("a connection that breaks, idle or lent out, is replaced and never ends the process", async () => {
  const before = await pid();
  await db.query("select pg_terminate_backend($1)", [before]);
  await expect.poll(() => pid().catch(() => before)).not.toBe(before);
  const lent = await pid();
  // Looked at from the start: it may fail before the next line has its answer.
  const failed = expect(pool.query({ text: "select pg_sleep(5)" })).rejects.toThrow();
  await db.query("select pg_terminate_backend($1)", [lent]);
  await failed;
  await expect.poll(() => pid().catch(() => lent)).not.toBe(lent);
});

test("a call that takes too long fails, and its connection is not used again", async () => {
  const before = await pid();
  await expect(pool.query({ text: "select pg_sleep(5)" })).rejects.toThrow(/timeout/);
  expect(await pid()).not.toBe(before);
});
