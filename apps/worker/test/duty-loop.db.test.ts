/** Who leads a duty, for how long, and what follows an error. */
import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DutyLoop } from "../src/duties/duty-loop.ts";
import type { Duty } from "../src/duties/duty-loop.ts";
import { Catalogue } from "../src/handlers/catalogue.ts";
import { createLog } from "../src/log.ts";
import { openDatabases } from "../src/runtime/databases.ts";
import type { Access, Databases } from "../src/runtime/databases.ts";
import { registered } from "./access.ts";

const log = createLog("silent", "test");
let db: TestDatabase;
let databases: Databases;
let access: Access;

beforeAll(async () => {
  db = await createTestDatabase();
  databases = openDatabases(db.workerUrl, log);
  access = await accessOf("one");
});
afterAll(async () => {
  await databases.end();
  await db.drop();
});

const accessOf = (name: string): Promise<Access> => registered(databases, name, new Catalogue());

test("one process leads a duty; another takes over when it ends; errors are noted and survived", async () => {
  const rounds: string[] = [];
  const make = (of: Access, name: string): DutyLoop => {
    const duty: Duty = {
      name: "test-duty",
      intervalMs: 10,
      runOnce: async () => {
        rounds.push(name);
        if (rounds.length === 3) throw new Error("one bad round");
        return false;
      },
    };
    return new DutyLoop(duty, { access: of, log, ttlMs: 300 });
  };
  const other = await accessOf("four");
  const [one, two] = [make(access, "one"), make(other, "two")];
  one.start();
  await expect.poll(() => rounds.length).toBeGreaterThan(2);
  two.start();
  await expect.poll(() => rounds.length, { timeout: 5_000 }).toBeGreaterThan(10);
  expect(new Set(rounds)).toEqual(new Set(["one"]));
  await one.close();
  await expect.poll(() => rounds.includes("two"), { timeout: 5_000 }).toBe(true);
  await two.close();
  const [row] = await db.query(
    "select worker_id, last_run_at is not null as ran from public.duties where name = 'test-duty'",
  );
  expect(row).toEqual({ worker_id: other.caller.id, ran: true });
});

test("a duty that rests for long keeps its lead meanwhile: the others run no round in its turn", async () => {
  const rounds: string[] = [];
  const make = (of: Access, name: string): DutyLoop => {
    const duty: Duty = { name: "rare-duty", intervalMs: 60_000, runOnce: async () => rounds.push(name) === 0 };
    return new DutyLoop(duty, { access: of, log, ttlMs: 300 });
  };
  const lead = async (): Promise<{ epoch: number; until: number } | undefined> =>
    (
      await db.query<{ epoch: number; until: number }>(
        "select epoch::int as epoch, extract(epoch from leader_until)::float8 as until from public.duties where name = 'rare-duty'",
      )
    )[0];
  const [one, two] = [make(access, "one"), make(await accessOf("five"), "two")];
  one.start();
  await expect.poll(() => rounds.length).toBe(1);
  const first = await lead();
  two.start();
  await expect.poll(lead, { timeout: 10_000 }).toSatisfy((now) => now.until > (first?.until ?? 0) + 1.5);
  expect(rounds).toEqual(["one"]);
  expect((await lead())?.epoch).toBe(first?.epoch);
  await Promise.all([one.close(), two.close()]);
});
