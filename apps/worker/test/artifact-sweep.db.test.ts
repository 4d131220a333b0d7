/** Files of dropped jobs go after their month has, never one that something kept refers to, and a crash leaves none. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { removableJobs } from "@holdpoint/db/runtime";
import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { PartitionsDuty } from "../src/duties/partitions.ts";
import { sweepArtifacts } from "../src/duties/artifact-sweep.ts";
import { Catalogue } from "../src/handlers/catalogue.ts";
import { createLog } from "../src/log.ts";
import { openDatabases } from "../src/runtime/databases.ts";
import type { Access, Databases } from "../src/runtime/databases.ts";
import { registered } from "./access.ts";
import noop from "./handlers/noop.ts";

const catalogue = new Catalogue();
catalogue.add(noop, "test");
const log = createLog("silent", "test");
let db: TestDatabase;
let databases: Databases;
let access: Access;
let store: string;

beforeAll(async () => {
  db = await createTestDatabase();
  databases = openDatabases(db.workerUrl, log);
  access = await registered(databases, "sweeper", catalogue);
  store = mkdtempSync(join(tmpdir(), "holdpoint-sweep-"));
});
afterAll(async () => {
  rmSync(store, { recursive: true });
  await databases.end();
  await db.drop();
});

let made = 0;
/** A job of February 2024 of which only the last hash is there, and a file that it kept. */
async function droppedJob(options: { quarantined?: boolean } = {}): Promise<{ id: string; file: string }> {
  const [row] = await db.query<{ id: string }>(
    "select (left(holdpoint.month_floor('2024-02-01')::text, 14) || '7000-8000-' || lpad($1::text, 12, '0'))::uuid as id",
    [(made += 1)],
  );
  const { id } = row!;
  await db.query(
    "insert into holdpoint.stream_heads (stream, venture, seq, hash, month) values ($1, 'fleet', 3, sha256('x'), '2024-02-01')",
    [id],
  );
  const folder = options.quarantined
    ? join(store, ".quarantine", "fleet", `${id}-1708000000000`)
    : join(store, "fleet", id);
  mkdirSync(join(folder, "1"), { recursive: true });
  writeFileSync(join(folder, "1", "out.tar"), "x");
  return { id, file: join(folder, "1", "out.tar") };
}

async function openJob(payload: object): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    "select id from holdpoint.insert_jobs('operator', 'test', 'fleet', 'noop', array[$1::jsonb], array[null::text], array[null::timestamptz], false, null, null)",
    [JSON.stringify(payload)],
  );
  return row!.id;
}
const end = (job: string) =>
  db.query("update public.jobs set state = 'canceled', phase = null, ended_at = now() where id = $1", [job]);
const sweep = () => sweepArtifacts(store, access);

test("files go when their month has gone, and stay while anything kept refers to them", async () => {
  await db.query("insert into holdpoint.dropped_months values ('2024-02-01', 9, '', 1, '1', now(), null)");
  const [plain, isolated] = [await droppedJob(), await droppedJob({ quarantined: true })];
  const kept = {
    incident: await droppedJob(),
    replayed: await droppedJob(),
    named: await droppedJob(),
    artifact: await droppedJob(),
  };
  const [artifact] = await db.query<{ id: string }>(
    `insert into public.artifacts (id, job_id, run_no, venture, name, media_type, bytes, sha256, path, facts, created_at)
     values (holdpoint.new_id(), $1, 1, 'fleet', 'out.tar', 'x/y', 1, repeat('0', 64), 'p', '{}', now()) returning id`,
    [kept.artifact.id],
  );
  await db.query(
    `insert into public.incidents (id, subject_kind, subject, job_id, venture, state, reason, severity, finding, recommended, opened_by_kind, opened_by_id, created_at)
     values (holdpoint.new_id(), 'artifact', 'a', $1, 'fleet', 'quarantined', 'reported', 'low', 'f', 'r', 'operator', 'o', now())`,
    [kept.incident.id],
  );
  const [between] = [await droppedJob()];
  const replay = await openJob({});
  for (const [job, of] of [
    [between.id, kept.replayed.id],
    [replay, between.id],
  ])
    await db.query(
      `insert into public.job_links (job_id, of_job, venture, kind, payload_edited, by_email, at) values ($1, $2, 'fleet', 'replay', false, 'o', now())`,
      [job, of],
    );
  const naming = [await openJob({ built: kept.named.id }), await openJob({ deep: [{ artifact: artifact!.id }] })];
  // What is no job's folder, of no dropped job, or leads elsewhere is nobody's to remove.
  const elsewhere = mkdtempSync(join(tmpdir(), "holdpoint-elsewhere-"));
  writeFileSync(join(elsewhere, "mine"), "x");
  const other = join(store, "fleet", plain.id.replace(/.$/, "f"));
  mkdirSync(other);
  symlinkSync(elsewhere, join(store, "fleet", (await droppedJob()).id.replace(/.$/, "e")));
  const fresh = join(store, "fleet", replay);
  mkdirSync(fresh);

  expect(await sweep()).toBe(0);
  expect(await removableJobs(databases.work, access.caller, [plain.id])).toEqual([]);
  await db.query("update holdpoint.dropped_months set dropped_at = now()");
  // A crash in the middle of removing leaves part of the folder: it is found again.
  rmSync(plain.file);
  expect(await sweep()).toBe(3);
  for (const { file } of [plain, isolated]) expect(existsSync(join(file, "../.."))).toBe(false);
  for (const { file } of [...Object.values(kept), between]) expect(existsSync(file)).toBe(true);
  for (const path of [join(elsewhere, "mine"), other, fresh]) expect(existsSync(path)).toBe(true);

  await db.query("update public.incidents set resolved_at = now(), resolution = 'discard', resolved_by = 'o'");
  for (const job of naming) await end(job);
  expect(await sweep()).toBe(3);
  expect([kept.replayed, between].map(({ file }) => existsSync(file))).toEqual([true, true]);
  // The replay's own month is gone too.
  await db.query("delete from public.jobs where id = $1", [replay]);
  expect(await sweep()).toBe(2);
  expect(await sweep()).toBe(0);
  rmSync(elsewhere, { recursive: true });
});

test("a worker that does not lead the duty sweeps its machine's store too, once an hour", async () => {
  const duty = new PartitionsDuty({ access, artifactsDir: store, log });
  const first = await droppedJob();
  await duty.follow();
  expect(existsSync(first.file)).toBe(false);
  const second = await droppedJob();
  await duty.follow();
  expect(existsSync(second.file)).toBe(true);
  const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3_600_000);
  await duty.follow().finally(() => clock.mockRestore());
  expect(existsSync(second.file)).toBe(false);
});
