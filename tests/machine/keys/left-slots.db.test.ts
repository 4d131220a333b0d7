/** Slots of jobs that left their key without a word, or came back to it: nobody waits for them for ever, nobody runs twice. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { admitJobs, claimJobs, submitJobs, tendBlocks } from "@holdpoint/db/runtime";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { admitKeyed, keyedWorker } from "../support/keyed.ts";
import type { Strategy } from "../support/keyed.ts";
import { meet } from "../support/meet.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, Scene } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";

let scene: Scene;
let ann: Person;
let worker: TestWorker;
beforeEach(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver");
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const begin = async (strategy: Strategy) => (worker = await keyedWorker(scene, "keyed", 1, strategy));
const submit = async (key: string) => at(await admitKeyed(scene, "keyed", [key]), 0);
/** As policy or a new version of the type decides about one that is back at admission. */
const admitAs = (id: string, key: string, decision: "queued" | "held" = "queued", floor = 1) =>
  admitJobs(scene.on, worker, floor, [
    { ...admission({ id, type: "plain", venture: "acme" }, decision), concurrencyKey: key },
  ]);
async function claim(...ids: string[]): Promise<string[]> {
  const rows = await scene.db.query<{ id: string; no: number }>(
    "update public.jobs set run_at = least(run_at, case when waits_for is null then clock_timestamp() else run_at end) where id = any ($1) returning id, dispatch_no as no",
    [ids],
  );
  const nos = new Map(rows.map((row) => [row.id, row.no]));
  const told = await claimJobs(
    scene.on,
    worker,
    crypto.randomUUID(),
    "build",
    ids,
    ids.map((id) => nos.get(id) ?? 0),
  );
  return told.toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict);
}
const readmit = async (id: string) => {
  await scene.db.query("update public.settings set readmit_floor = 2");
  expect(await claim(id)).toEqual(["readmit"]);
};
async function held(key: string): Promise<string> {
  const id = at(await submitJobs(scene.on, worker, { venture: "acme", type: "keyed", payloads: [{}] }), 0);
  await admitAs(id, key, "held");
  return id;
}
async function approve(id: string): Promise<void> {
  const [row] = await scene.db.query<{ hash: string }>(
    "select encode(plan_hash, 'hex') as hash from public.jobs where id = $1",
    [id],
  );
  await ann.call("decide", id, "approve", row?.hash, "a test");
}
const active = (is: boolean) =>
  scene.db.query("update public.operators set active = $2 where user_id = $1", [ann.userId, is]);
async function tend(): Promise<void> {
  await scene.db.query("update holdpoint.key_jobs set checked_at = least(checked_at, now() - interval '1 hour')");
  await tendBlocks(scene.on, worker);
}
async function shown(...ids: string[]): Promise<string[]> {
  const rows = await scene.db.query<{ id: string; shown: string }>(
    "select id, case when waits_for is null then state::text else 'waits' end as shown from public.jobs where id = any ($1)",
    [ids],
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.shown ?? "");
}
const lease = async (id: string): Promise<Lease> => ({
  jobId: id,
  token: at(await scene.db.query<{ token: string }>("select token from public.jobs where id = $1", [id]), 0).token,
});

it("a job that comes back under another key leaves its slot of the old one to who waits", async () => {
  await begin("queue");
  const [first, second] = [await submit("a"), await submit("a")];
  await readmit(first);
  await admitAs(first, "b", "queued", 2);
  await tend();
  expect(await shown(first, second)).toEqual(["queued", "queued"]);
  expect(await claim(first)).toEqual(["claimed"]);
});

it("a job that comes back and was superseded meanwhile leaves its slot to who waits", async () => {
  await begin("newest_waiting");
  const [first, second] = [await submit("a"), await submit("a")];
  expect(await shown(first, second)).toEqual(["queued", "waits"]);
  await readmit(first);
  await admitAs(first, "a", "queued", 2);
  expect(await shown(first, second)).toEqual(["canceled", "queued"]);
});

it("who lost the approval, and with it the slot, waits for a slot when it is approved again", async () => {
  await begin("queue");
  const [running, needy] = [await submit("a"), await held("a")];
  await claim(running);
  await approve(needy);
  expect(await claim(needy)).toEqual(["limit"]);
  await scene.settle([await lease(running)], worker);
  expect(await shown(needy)).toEqual(["queued"]);
  await active(false);
  expect(await claim(needy)).toEqual(["held"]);
  const next = await submit("a");
  await tend();
  expect(await claim(next)).toEqual(["claimed"]);
  await active(true);
  await approve(needy);
  expect(await claim(needy)).toEqual(["limit"]);
  await scene.settle([await lease(next)], worker);
  expect(await claim(needy)).toEqual(["claimed"]);
});

it("whom another of its batch supersedes has ended, and is not held after that", async () => {
  await begin("cancel_old");
  const [running, needy] = [await submit("a"), await held("a")];
  const later = at(await admitKeyed(scene, "keyed", ["a"], { runAt: new Date(Date.now() + 3_600_000) }), 0);
  await claim(running);
  await approve(needy);
  expect(await claim(needy)).toEqual(["limit"]);
  await scene.settle([{ ...(await lease(running)), outcome: "canceled" }], worker);
  expect(await shown(needy)).toEqual(["queued"]);
  await active(false);
  expect(await claim(needy, later)).toEqual(["stale", "claimed"]);
  expect(await shown(needy)).toEqual(["canceled"]);
});

it("the janitor waits for nobody: who is locked is looked at the next time", async () => {
  await begin("queue");
  const [first, second, other, another] = [await submit("a"), await submit("a"), await submit("b"), await submit("b")];
  await readmit(first);
  await scene.db.query("update public.settings set readmit_floor = 1");
  await claim(other);
  const holder = await scene.db.owner.connect();
  const hold = (id: string) => holder.query("select 1 from public.jobs where id = $1 for update", [id]);
  await holder.query("begin");
  await hold(another);
  await scene.settle([await lease(other)], worker);
  expect(await shown(second, another)).toEqual(["waits", "waits"]);
  await holder.query("rollback; begin");
  await hold(first);
  await tend();
  expect(await shown(second, another)).toEqual(["waits", "queued"]);
  await holder.query("rollback");
  holder.release();
  await tend();
  expect(await shown(second)).toEqual(["queued"]);
});

it("whom a newer one superseded ends, however many days later it is approved; what supersedes nobody is forgotten", async () => {
  await begin("cancel_old");
  const [old, newer] = [await held("a"), await submit("a")];
  expect(await claim(newer)).toEqual(["claimed"]);
  await scene.settle([await lease(newer)], worker);
  const keys = async () => (await scene.db.query("select key from holdpoint.concurrency_keys")).length;
  const daysLater = async () => {
    await scene.db.query("update holdpoint.concurrency_keys set touched_at = now() - interval '3 days'");
    await tend();
  };
  await daysLater();
  await approve(old);
  expect(await claim(old)).toEqual(["stale"]);
  expect(await shown(old)).toEqual(["canceled"]);
  // What has superseded the oldest job there is can supersede none.
  await scene.db.query(
    "update holdpoint.concurrency_keys set superseded_before = $1, touched_at = now() - interval '3 days'",
    [old],
  );
  // Someone takes the key while the janitor is about to forget it.
  await meet(scene.db, "update holdpoint.concurrency_keys set touched_at = clock_timestamp()", [tend]);
  expect(await keys()).toBe(1);
  await daysLater();
  expect(await keys()).toBe(0);
});
