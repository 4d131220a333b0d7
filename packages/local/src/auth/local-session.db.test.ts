import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { PeopleClient } from "@holdpoint/db/people";
import { createOperator, createTestDatabase, startTestLite } from "../testing/index.ts";
import type { TestDatabase, TestLite, TestOperator } from "../testing/index.ts";
import { openLocalSession } from "./local-session.ts";

let db: TestDatabase;
let lite: TestLite;
let admin: TestOperator;
let folder: string;

beforeAll(async () => {
  db = await createTestDatabase();
  lite = await startTestLite(db);
  admin = await createOperator(db);
  folder = mkdtempSync(path.join(tmpdir(), "holdpoint-session-"));
});
afterAll(async () => {
  await lite.close();
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

const open = (): Promise<PeopleClient> =>
  openLocalSession({
    ownerUrl: db.ownerUrl,
    restUrl: lite.url,
    anonKey: lite.anonKey,
    sessionPath: path.join(folder, "session.json"),
    userId: admin.userId,
  });
const sessions = async (): Promise<unknown[]> => await db.query("select id from auth.sessions");
const ventures = async (client: PeopleClient): Promise<unknown> => (await client.from("ventures").select("key")).data;

it("signs the command line in without a password, and again when its session was ended", async () => {
  expect(await ventures(await open())).toEqual([{ key: "fleet" }]);
  expect(statSync(path.join(folder, "session.json")).mode & 0o777).toBe(0o600);
  const first = await sessions();
  expect(await ventures(await open())).toEqual([{ key: "fleet" }]);
  expect(await sessions()).toEqual(first);
  await db.query("delete from auth.sessions");
  expect(await ventures(await open())).toEqual([{ key: "fleet" }]);
  expect(await sessions()).toHaveLength(1);
});
