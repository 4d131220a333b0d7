/** Old months go whole, when nothing in them can move any more; what is left of them can still be verified. */
import { isContention } from "@holdpoint/db";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  beginEffect,
  dropMonth,
  prepareDrop,
  prune,
  pruneDropped,
  saveSteps,
  submitJobs,
  writeLogs,
} from "@holdpoint/db/runtime";
import { SealedScene } from "../support/sealed.ts";
import { setScene } from "../support/scene.ts";
import type { Scene } from "../support/scene.ts";
import type { Person } from "../support/person.ts";

let scene: Scene;
let sealed: SealedScene;
let admin: Person;
/** The first of the month so many months ago, in UTC. */
const monthAgo = (months: number): string => {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, 1)).toISOString().slice(0, 10);
};
const OLD = monthAgo(14);

beforeEach(async () => {
  scene = await setScene();
  sealed = new SealedScene(scene);
  admin = await scene.signIn("admin");
});
afterEach(async () => {
  sealed.close();
  await scene.close();
});

/** From now on ids are of the tenth of that month: jobs fall into its partitions. Null: of today again. */
async function idsOf(month: string | null): Promise<void> {
  const clock =
    month === null
      ? "date_part('epoch', clock_timestamp())"
      : `date_part('epoch', timestamptz '${month} 00:00:00Z' + interval '9 days') + date_part('epoch', clock_timestamp())::numeric % 86400`;
  if (month !== null)
    await scene.db.query("select holdpoint.ensure_partition($1::timestamptz)", [`${month}T12:00:00Z`]);
  await scene.db.query(
    `create or replace function holdpoint.new_id() returns uuid language sql volatile as $$
       select (overlay(lpad(to_hex(((${clock}) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0) || substr(gen_random_uuid()::text, 20))::uuid $$`,
  );
}

/** Jobs of an old month that have succeeded. */
async function ended(count: number, month = OLD): Promise<string[]> {
  await idsOf(month);
  const leases = await scene.running(count);
  await idsOf(null);
  await scene.settle(leases);
  return leases.map((lease) => lease.jobId);
}

const keep = (months: number | null, confirmation: string | null = "DROP") =>
  admin.call("set_retention", { months, ...(confirmation !== null && { confirmation }) });
const prepare = () => prepareDrop(scene.on, scene.worker);
const dropOnce = (month: string) => dropMonth(scene.on, scene.worker, month);
/** As the duty does: tables that are in use (by autovacuum, say) are tried again. */
const drop = async (month: string): Promise<boolean> => {
  for (;;) {
    try {
      return await dropOnce(month);
    } catch (error) {
      if (!isContention(error)) throw error;
    }
  }
};
const tables = async (): Promise<unknown[]> =>
  scene.db.query("select relname as name from pg_class where relispartition and relkind = 'r' and relname like $1", [
    `%y${OLD.slice(0, 4)}m${OLD.slice(5, 7)}`,
  ]);
const stays = async () => {
  const status = await admin.call<{ kept: { month: string; stays: string | null }[] }>("retention_status");
  return status.kept.find((one) => one.month === OLD.slice(0, 7))?.stays;
};

it("keeps everything until an admin says otherwise, by a word", async () => {
  await ended(2);
  await sealed.seal();
  expect(await prepare()).toBeNull();
  expect(await stays()).toBe("retention");
  await expect(keep(12, null)).rejects.toMatchObject({ code: "PT400" });
  await expect(keep(0)).rejects.toMatchObject({ code: "PT400" });
  const viewer = await scene.signIn("viewer");
  await expect(viewer.call("set_retention", { months: 12, confirmation: "DROP" })).rejects.toMatchObject({
    code: "PT403",
  });
  await keep(20);
  expect(await prepare()).toBeNull();
});

it("drops a month whole; receipts, keys and last hashes stay, and verifying says what was dropped by whose word", async () => {
  await idsOf(OLD);
  const [job = ""] = await submitJobs(scene.on, scene.worker, {
    venture: "acme",
    type: "plain",
    payloads: [{ n: 1 }],
    keys: ["once"],
  });
  await idsOf(null);
  const old = [...(await ended(3)), job];
  await admin.call("cancel_job", job, "not needed");
  const [today] = await scene.running(1);
  await scene.settle([today!]);
  await sealed.seal();
  await keep(12);
  expect(await prepare()).toBe(OLD);
  // About to be dropped is not dropped: everything is still there, and verifies.
  expect(await sealed.verify()).toMatchObject({ ok: true, dropped: [], counts: { dropped: 0 } });
  expect(await drop(OLD)).toBe(true);
  expect(await tables()).toEqual([]);
  expect(await scene.db.query("select id from public.jobs where id = any ($1)", [old])).toEqual([]);
  expect(await drop(OLD)).toBe(false);
  expect(await prepare()).toBeNull();
  await sealed.seal();
  const found = await sealed.verify();
  expect(found).toMatchObject({
    ok: true,
    counts: { dropped: 4 },
    dropped: [{ month: OLD.slice(0, 7), jobs: 4, set_by: admin.email, retention_months: 12 }],
  });
  expect(found.unchecked.join()).toContain("4 dropped jobs");
  const again = { venture: "acme", type: "plain", payloads: [{ n: 1 }], keys: ["once"] };
  expect(await submitJobs(scene.on, scene.worker, again)).toEqual([job]);
});

it("is verified against what was sealed: a kept hash that was changed or removed is named", async () => {
  const [first = "", second = ""] = await ended(2);
  await sealed.seal();
  await keep(12);
  await prepare();
  await drop(OLD);
  await sealed.seal();
  const [head] = await scene.db.query("select * from holdpoint.stream_heads where stream = $1", [first]);
  await scene.db.query("update holdpoint.stream_heads set hash = sha256('x') where stream = $1", [first]);
  expect((await sealed.verify()).breaks).toMatchObject([
    { kind: "dropped_head_differs", stream: first },
    { kind: "dropped_month_differs" },
  ]);
  await scene.db.query("update holdpoint.stream_heads set hash = $2 where stream = $1", [first, head?.["hash"]]);
  await scene.db.query("delete from holdpoint.stream_heads where stream = $1", [second]);
  expect((await sealed.verify()).breaks).toMatchObject([
    { kind: "stream_missing", stream: second },
    { kind: "dropped_month_differs" },
  ]);
});

it("stays while a job in it has not ended, an effect is open, or something is not sealed", async () => {
  await keep(12);
  await idsOf(OLD);
  const [open] = await scene.admitted(1);
  const [acting] = await scene.running(1, { type: "effectful" });
  await idsOf(null);
  await sealed.seal();
  expect(await stays()).toBe("open_jobs");
  expect(await prepare()).toBeNull();
  const intent = { key: "mail", kind: "other", settle: "reconcile", maxMicrousd: null, dedupeMs: null } as const;
  await beginEffect(scene.on, scene.worker, acting!, { ...intent, withinMs: 1_000, reconciled: false });
  await scene.settle([acting!]);
  await admin.call("cancel_job", open!.id, "no");
  expect(await stays()).toBe("open_effects");
  await admin.call("correct_authorisation", acting!.jobId, "mail", false, "the mail server says so");
  expect(await stays()).toBe("not_sealed");
  expect(await prepare()).toBeNull();
  await sealed.seal();
  expect(await stays()).toBeNull();
  expect(await prepare()).toBe(OLD);
});

it("stays when it moved between the two calls, and goes with the next round", async () => {
  const [job = ""] = await ended(1);
  await sealed.seal();
  await keep(12);
  expect(await prepare()).toBe(OLD);
  await admin.call("add_comment", job, "one more word");
  expect(await drop(OLD)).toBe(false);
  expect(await tables()).toHaveLength(3);
  expect(await prepare()).toBeNull();
  await sealed.seal();
  expect(await prepare()).toBe(OLD);
  await keep(null, null);
  expect(await drop(OLD)).toBe(false);
  await keep(12);
  expect(await drop(OLD)).toBe(true);
  expect((await sealed.verify()).breaks).toEqual([]);
});

it("waits for nobody who uses the tables, and lets nobody wait long", async () => {
  await ended(1);
  await sealed.seal();
  await keep(12);
  await prepare();
  const reader = await scene.connect();
  await scene.db.query("grant select on public.jobs to holdpoint_worker");
  await reader.query("begin");
  await reader.query("select count(*) from public.jobs");
  await expect(dropOnce(OLD)).rejects.toMatchObject({ code: "55P03" });
  await reader.query("commit");
  await scene.db.query("revoke select on public.jobs from holdpoint_worker");
  expect(await drop(OLD)).toBe(true);
});

it("removes what dropped jobs left in other tables, and output by its own setting", async () => {
  await idsOf(OLD);
  const [lease] = await scene.running(1);
  await idsOf(null);
  const [fresh] = await scene.running(1);
  for (const one of [lease!, fresh!]) {
    await saveSteps(scene.on, scene.worker, one.jobId, one.token, [{ name: "a", result: 1, startedAt: new Date() }]);
    await writeLogs(scene.on, scene.worker, [{ ...one, chunkNo: 1, stream: "log", text: "x" }]);
    await scene.db.query(
      `insert into public.waits (job_id, type_version, call, venture, kind, name, until, asked_at, answer, answered_at)
       values ($1, 1, 'sleep:sleep#1', 'acme', 'sleep', 'sleep', now(), now(), 'woken', now())`,
      [one.jobId],
    );
    await scene.db.query(
      `insert into public.signals (job_id, no, id, venture, name, data, data_sha256, by_kind, by_id, sent_at)
       values ($1, 1, 'one', 'acme', 'paid', '{}', '', 'operator', 'someone@example.test', now())`,
      [one.jobId],
    );
  }
  await scene.settle([lease!, fresh!]);
  await scene.db.query("update public.run_logs set at = at - interval '3 days'");
  await sealed.seal();
  await keep(12);
  await prepare();
  await drop(OLD);
  expect(await pruneDropped(scene.on, scene.worker, 100)).toBe(4);
  for (const table of ["steps", "waits", "signals"])
    expect(await scene.db.query(`select job_id from public.${table}`), table).toEqual([{ job_id: fresh!.jobId }]);
  // What nobody has counted yet is not said to be nothing.
  await scene.db.query("select holdpoint.ensure_partition(now() + interval '2 months')");
  const status = await admin.call<{ kept: { about_jobs: number | null }[] }>("retention_status");
  expect(status.kept.at(-1)?.about_jobs).toBeNull();
  await prune(scene.on, scene.worker);
  expect(await scene.db.query("select job_id from public.run_logs")).toEqual([{ job_id: fresh!.jobId }]);
  await admin.call("set_retention", { log_days: 2 });
  await prune(scene.on, scene.worker);
  expect(await scene.db.query("select job_id from public.run_logs")).toEqual([]);
});
