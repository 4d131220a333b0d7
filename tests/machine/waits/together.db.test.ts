/** Parks together with what else decides when a job runs: concurrency keys, end_by, debounce, dry runs. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { admitJobs, claimJobs, expireJobs, submitJobs, tendBlocks } from "@holdpoint/db/runtime";
import { admission } from "../support/admission.ts";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { keyedWorker } from "../support/keyed.ts";
import type { Strategy } from "../support/keyed.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, Scene } from "../support/scene.ts";
import type { TestWorker } from "../support/worker.ts";
import { answer, ask, send } from "./park.ts";

const APPROVAL = { approval: { name: "publish", title: "Publish the page?" } };
const SIGNAL = { signal: "go" };
const SLEEP = { sleep: 3_600_000 };

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
const admitWith = (id: string, key: string | null = "a") =>
  admitJobs(scene.on, worker, 1, [
    { ...admission({ id, type: "plain", venture: "acme" }, "queued"), concurrencyKey: key },
  ]);
async function submit(): Promise<string> {
  const id = at(await submitJobs(scene.on, worker, { venture: "acme", type: "keyed", payloads: [{}] }), 0);
  await admitWith(id);
  return id;
}
/** The gate's verdict once its own time has come; what waits for its key has none. */
async function claim(id: string): Promise<string> {
  const [row] = await scene.db.query<{ no: number }>(
    "update public.jobs set run_at = least(run_at, case when waits_for like 'concurrency%' then run_at else clock_timestamp() end) where id = $1 returning dispatch_no as no",
    [id],
  );
  return at(await claimJobs(scene.on, worker, crypto.randomUUID(), "build", [id], [row?.no ?? 0]), 0).verdict;
}
const lease = async (id: string): Promise<Lease> => ({
  jobId: id,
  token: at(await scene.db.query<{ token: string }>("select token from public.jobs where id = $1", [id]), 0).token,
});
async function run(id: string): Promise<Lease> {
  expect(await claim(id)).toBe("claimed");
  return lease(id);
}
async function park(id: string, what: Parameters<typeof ask>[2]): Promise<string> {
  const running = await run(id);
  expect(await ask(scene, running, what, worker)).toMatchObject({ state: "park" });
  return at(await scene.settle([{ ...running, outcome: "parked" }], worker), 0).state ?? "";
}
const settle = async (id: string) => scene.settle([await lease(id)], worker);
async function shown(...ids: string[]): Promise<string[]> {
  const rows = await scene.db.query<{ id: string; shown: string }>(
    "select id, state || coalesce(' for ' || waits_for, '') as shown from public.jobs where id = any ($1)",
    [ids],
  );
  return ids.map((id) => rows.find((row) => row.id === id)?.shown ?? "");
}

describe("a key", () => {
  it("is free while a job waits for its signal; one that is woken waits for its turn, and is told its signal then", async () => {
    await begin("queue");
    const [first, second] = [await submit(), await submit()];
    await park(first, SIGNAL);
    expect(await shown(first, second)).toEqual(["queued for signal:go", "queued"]);
    await run(second);
    expect(await send(ann, first, "go", 7)).toMatchObject({ woke: true });
    expect(await claim(first)).toBe("limit");
    // Its mailbox is not what it waits for now.
    expect(await send(ann, first, "go", 8)).toMatchObject({ woke: false });
    expect(await shown(first)).toEqual(["queued for concurrency_key:a"]);
    await settle(second);
    expect(await ask(scene, await run(first), SIGNAL, worker)).toMatchObject({ state: "signal", data: 7 });
    expect(await ask(scene, await lease(first), { ...SIGNAL, n: 2 }, worker)).toMatchObject({
      state: "signal",
      data: 8,
    });
    await settle(first);
  });

  it("is free while a person decides; an answer taken back while it waits for its turn gives that up", async () => {
    await begin("queue");
    const [first, second, third] = [await submit(), await submit(), await submit()];
    expect(await park(first, APPROVAL)).toBe("held");
    await run(second);
    expect(await answer(scene, ann, first, "approve")).toBe("queued");
    expect(await claim(first)).toBe("limit");
    expect(await answer(scene, ann, first, "undo")).toBe("held");
    expect(await shown(first, third)).toEqual(["held", "queued for concurrency_key:a"]);
    expect(await answer(scene, ann, first, "approve")).toBe("queued");
    // The time to take it back is still its own: the slot goes to who waits.
    await settle(second);
    expect(await shown(first, third)).toEqual(["queued", "queued"]);
    await run(third);
    await settle(third);
    expect(await ask(scene, await run(first), APPROVAL, worker)).toMatchObject({ state: "approved" });
    await settle(first);
  });

  it("of a job that has its slot and is taken back is given on by the janitor", async () => {
    await begin("queue");
    const [first, second, third] = [await submit(), await submit(), await submit()];
    await park(first, APPROVAL);
    await run(second);
    await answer(scene, ann, first, "approve");
    expect(await claim(first)).toBe("limit");
    // Submitted first, so it goes first.
    await settle(second);
    expect(await shown(first, third)).toEqual(["queued", "queued for concurrency_key:a"]);
    expect(await answer(scene, ann, first, "undo")).toBe("held");
    await scene.db.query("update holdpoint.key_jobs set checked_at = now() - interval '1 hour'");
    await tendBlocks(scene.on, worker);
    await run(third);
    expect(await answer(scene, ann, first, "approve")).toBe("queued");
    expect(await claim(first)).toBe("limit");
  });

  it.each([
    ["cancel_old", "superseded"],
    ["newest_waiting", null],
    ["skip", null],
  ] as const)("%s: what sleeps while a newer one runs", async (strategy, reason) => {
    await begin(strategy);
    const first = await submit();
    await park(first, SLEEP);
    await run(await submit());
    // newest_waiting supersedes what waits for the key, and skip concerns what is new: it waits for its turn.
    expect(await claim(first)).toBe(reason === null ? "limit" : "stale");
    expect(await shown(first)).toEqual([reason === null ? "queued for concurrency_key:a" : "canceled"]);
  });
});

describe("end_by", () => {
  const pass = async () => {
    await scene.db.query(
      "update public.jobs set end_by = clock_timestamp() - interval '1 second' where end_by is not null and ended_at is null",
    );
    await scene.db.query("update holdpoint.deadlines set at = clock_timestamp()");
    return expireJobs(scene.on, worker, 100);
  };
  const submitBy = async (type: string, key: string | null) => {
    const end_by = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await ann.call<{ id: string }>("submit_job", { type, venture: "acme", end_by });
    await admitWith(id, key);
    return id;
  };

  it.each([
    ["a sleep", SLEEP, "end_by_passed"],
    ["a wait for a signal", SIGNAL, "end_by_passed"],
    ["an approval", APPROVAL, "end_by_passed_while_held"],
  ])("ends %s: the job expires, and what comes for it then is refused", async (_, what, reason) => {
    await begin("queue");
    const id = await submitBy("plain", null);
    await park(id, what);
    expect(await pass()).toBe(1);
    expect(
      await scene.db.query("select state::text, reason, waits_for, run_no from public.jobs where id = $1", [id]),
    ).toEqual([{ state: "expired", reason, waits_for: null, run_no: 1 }]);
    await expect(send(ann, id, "go")).rejects.toMatchObject({ detail: expect.stringContaining("already_ended") });
    expect(await answer(scene, ann, id, "approve")).toMatch(/not_waiting|already_ended|expired/);
  });

  it("ends what waits for its key, and the key goes on without it", async () => {
    await begin("queue");
    const [first, second, third] = [await submit(), await submitBy("keyed", "a"), await submit()];
    await run(first);
    expect(await pass()).toBe(1);
    await settle(first);
    expect(await shown(first, second, third)).toEqual(["succeeded", "expired", "queued"]);
  });
});

describe("debounce", () => {
  const trigger = (n: number) =>
    ann.call<{ id: string; debounced: boolean }>("submit_job", {
      ...{ type: "keyed", venture: "acme", payload: { n }, debounce: { delay_ms: 1_000 } },
    });
  const due = (id: string) =>
    scene.db.query("update public.jobs set run_at = clock_timestamp(), admit_at = clock_timestamp() where id = $1", [
      id,
    ]);

  it("a trigger finds the job waiting for its key: it leaves the key, and comes back with the new payload", async () => {
    await begin("queue");
    const first = await submit();
    const { id } = await trigger(1);
    await due(id);
    await admitWith(id);
    expect(await shown(id)).toEqual(["queued for concurrency_key:a"]);
    expect(await trigger(2)).toMatchObject({ id, debounced: true });
    await run(first);
    await settle(first);
    const next = await submit();
    expect(await shown(id, next)).toEqual(["submitted", "queued"]);
    await due(id);
    await admitWith(id);
    await run(next);
    await settle(next);
    await run(id);
    await settle(id);
  });

  it("a trigger finds the job parked, so it has started: it makes a new one, which the key lets run meanwhile", async () => {
    await begin("queue");
    const { id } = await trigger(1);
    await due(id);
    await admitWith(id);
    await park(id, SIGNAL);
    const second = await trigger(2);
    expect(second).toMatchObject({ debounced: false });
    await due(second.id);
    await admitWith(second.id);
    await run(second.id);
    await send(ann, id, "go");
    expect(await claim(id)).toBe("limit");
    await settle(second.id);
    expect(await ask(scene, await run(id), SIGNAL, worker)).toMatchObject({ state: "signal" });
    await settle(id);
  });
});

describe("a dry run", () => {
  it("waits for its key as any job, and parks as any run: what it asks is its own", async () => {
    await begin("queue");
    const first = await submit();
    await park(first, APPROVAL);
    const { id } = await ann.call<{ id: string }>("replay_job", first, { dry_run: true });
    await admitWith(id);
    expect(await answer(scene, ann, first, "approve")).toBe("queued");
    // Not told by the answer that the job it was made from got.
    expect(await park(id, APPROVAL)).toBe("held");
    await run(first);
    expect(await answer(scene, ann, id, "approve")).toBe("queued");
    expect(await claim(id)).toBe("limit");
    await settle(first);
    expect(await ask(scene, await run(id), APPROVAL, worker)).toMatchObject({ state: "approved" });
    await settle(id);
  });
});
