/** Sleeps and signals: what parks a job, what wakes it, what a call is told, and when two things meet. */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { beginEffect, pickReady } from "@holdpoint/db/runtime";
import { expectInvariants } from "../support/invariants.ts";
import { at } from "../support/at.ts";
import { meet } from "../support/meet.ts";
import type { Person } from "../support/person.ts";
import { setScene } from "../support/scene.ts";
import type { Lease, Scene } from "../support/scene.ts";
import { TYPES } from "../support/types.ts";
import { startWorker } from "../support/worker.ts";
import { lockJob } from "../gate/hold.ts";
import { ask, nextRun, park, reasonOf, send } from "./park.ts";

let scene: Scene;
let ann: Person;
beforeAll(async () => {
  scene = await setScene();
  ann = await scene.signIn("approver", "acme");
});
afterAll(() => scene.close());
afterEach(() => expectInvariants(scene.db));

async function row(job: string) {
  const [found] = await scene.db.query<{
    state: string;
    waits_for: string | null;
    due: boolean;
    retries_used: number;
    losses: number;
    token: string | null;
  }>(
    "select state::text, waits_for, run_at <= clock_timestamp() as due, retries_used, losses, token::text from public.jobs where id = $1",
    [job],
  );
  return found;
}
const one = async () => at(await scene.running(1), 0);
const ready = async () => {
  const rows = await pickReady(scene.on, scene.worker, { queue: "job", want: 500, cursor: "", out: [], look: false });
  return rows.filter((found) => found.kind === "ready").map((found) => found.job_id);
};

describe("a sleep", () => {
  it("gives the lease back, uses no retry and no first start, and is over when its first time has come", async () => {
    const lease = await one();
    expect(await park(scene, lease, { sleep: 3_600_000 })).toBe("queued");
    expect(await row(lease.jobId)).toMatchObject({
      waits_for: "sleep",
      due: false,
      retries_used: 0,
      losses: 0,
      token: null,
    });
    expect(await ready()).not.toContain(lease.jobId);
    const second = await nextRun(scene, lease.jobId);
    // It was woken too early (a lost clock, say): it sleeps on, to the time of its first call.
    const again = await ask(scene, second, { sleep: 9_000_000 });
    expect(again).toMatchObject({ state: "park" });
    await scene.settle([{ ...second, outcome: "parked" }]);
    await scene.db.query("update public.waits set until = clock_timestamp() - interval '1 ms' where job_id = $1", [
      lease.jobId,
    ]);
    const third = await nextRun(scene, lease.jobId);
    expect(await ask(scene, third, { sleep: 3_600_000 })).toMatchObject({ state: "woken" });
    expect(await ask(scene, third, { sleep: 3_600_000 })).toMatchObject({ state: "woken" });
    await scene.settle([third]);
    expect(await scene.events(lease.jobId)).toEqual([
      ...["submitted", "queued", "running", "wait.asked", "parked", "running", "parked", "running"],
      ...["wait.answered", "succeeded"],
    ]);
  });

  it("of no time does not park", async () => {
    const lease = await one();
    expect(await ask(scene, lease, { sleep: 0 })).toMatchObject({ state: "woken" });
    await scene.settle([lease]);
  });

  it("is refused with an effect under way, after a cancel, and without the lease", async () => {
    const [lease, canceled, lost] = await scene.running(3, { type: "effectful" });
    await beginEffect(scene.on, scene.worker, lease!, {
      key: "mail",
      kind: "other",
      settle: "reconcile",
      maxMicrousd: null,
      dedupeMs: null,
      withinMs: 1_000,
      reconciled: false,
    });
    expect(await reasonOf(ask(scene, lease!, { sleep: 1_000 }))).toBe("effect_open");
    // What has its answer is told all the same: the effect comes after it.
    expect(await ask(scene, lease!, { sleep: 0, n: 2 })).toMatchObject({ state: "woken" });
    await ann.call("cancel_job", canceled!.jobId, "no");
    expect(await reasonOf(ask(scene, canceled!, { sleep: 1_000 }))).toBe("canceled");
    expect(await reasonOf(ask(scene, { ...lost!, token: "1" }, { sleep: 1_000 }))).toBe("lease_lost");
    await scene.settle([lease!, canceled!, lost!]);
  });

  it("is canceled at once when the cancel came before the settle", async () => {
    const lease = await one();
    await ask(scene, lease, { sleep: 1_000 });
    await ann.call("cancel_job", lease.jobId, "no");
    expect(await scene.settle([{ ...lease, outcome: "parked" }])).toMatchObject([{ state: "canceled" }]);
  });
});

describe("a signal", () => {
  it("wakes the job that waits for it, carries its data, and is taken once", async () => {
    const lease = await one();
    expect(await park(scene, lease, { signal: "paid" })).toBe("queued");
    expect(await row(lease.jobId)).toMatchObject({ waits_for: "signal:paid", due: false });
    expect(await send(ann, lease.jobId, "refunded", 1)).toMatchObject({ woke: false, no: 1 });
    expect(await row(lease.jobId)).toMatchObject({ due: false });
    expect(await send(ann, lease.jobId, "paid", { invoice: 17 }, "invoice-17")).toMatchObject({ woke: true, no: 2 });
    expect(await row(lease.jobId)).toMatchObject({ due: true, waits_for: null });
    expect(await ready()).toContain(lease.jobId);
    const second = await nextRun(scene, lease.jobId);
    const got = { state: "signal", id: "invoice-17", data: { invoice: 17 }, by: ann.email };
    expect(await ask(scene, second, { signal: "paid" })).toMatchObject(got);
    expect(await ask(scene, second, { signal: "paid" })).toMatchObject(got);
    expect(await ask(scene, second, { signal: "paid", n: 2 })).toMatchObject({ state: "park" });
    await scene.settle([{ ...second, outcome: "parked" }]);
  });

  it("that came before the wait, before the settle, or while the job was held counts", async () => {
    const [early, between] = await scene.running(2);
    await send(ann, early!.jobId, "go", 1);
    expect(await ask(scene, early!, { signal: "go" })).toMatchObject({ state: "signal", data: 1 });
    expect(await ask(scene, between!, { signal: "go" })).toMatchObject({ state: "park" });
    expect(await send(ann, between!.jobId, "go", 2)).toMatchObject({ woke: false, state: "running" });
    expect(await scene.settle([{ ...between!, outcome: "parked" }])).toMatchObject([{ state: "queued" }]);
    expect(await row(between!.jobId)).toMatchObject({ due: true, waits_for: null });
    const [held] = await scene.admitted(1, { decision: "held" });
    expect(await send(ann, held!.id, "go", 3)).toMatchObject({ state: "held", woke: false });
    await scene.settle([early!]);
  });

  it("and the settle that it races meet in either order, and the job goes on in both", async () => {
    for (const first of ["send", "settle"] as const) {
      const lease = await one();
      await ask(scene, lease, { signal: "go" });
      const calls = {
        send: () => send(ann, lease.jobId, "go"),
        settle: () => scene.settle([{ ...lease, outcome: "parked" }]),
      };
      const order = first === "send" ? [calls.send, calls.settle] : [calls.settle, calls.send];
      await meet<unknown>(scene.db, lockJob(lease.jobId), order);
      expect(await row(lease.jobId), first).toMatchObject({ state: "queued", due: true, waits_for: null });
    }
  });

  it("sent twice is one; with other data or another name it is a conflict", async () => {
    const lease = await one();
    await send(ann, lease.jobId, "go", { a: 1 }, "x");
    expect(await send(ann, lease.jobId, "go", { a: 1 }, "x")).toMatchObject({ repeated: true, no: 1 });
    expect(await reasonOf(send(ann, lease.jobId, "go", { a: 2 }, "x"))).toBe("signal_conflict");
    expect(await reasonOf(send(ann, lease.jobId, "stop", { a: 1 }, "x"))).toBe("signal_conflict");
    const both = await meet(scene.db, lockJob(lease.jobId), [
      () => send(ann, lease.jobId, "go", 1, "y"),
      async () => send(await scene.signIn("approver"), lease.jobId, "go", 1, "y"),
    ]);
    expect(both.filter((sent) => sent.repeated)).toHaveLength(1);
    await scene.settle([lease]);
    // The answer to a repeated send does not depend on when it comes.
    expect(await send(ann, lease.jobId, "go", { a: 1 }, "x")).toMatchObject({ repeated: true });
  });

  it("is refused for a job that has ended, is not there or is another venture's, and in a bad shape", async () => {
    const lease = await one();
    await scene.settle([lease]);
    expect(await reasonOf(send(ann, lease.jobId, "go"))).toBe("already_ended");
    expect(await reasonOf(send(ann, crypto.randomUUID(), "go"))).toBe("unknown_job");
    const viewer = await scene.signIn("viewer", "acme");
    const [held] = await scene.admitted(1, { decision: "held" });
    expect(await reasonOf(send(viewer, held!.id, "go"))).toBe("role_too_low");
    expect(await reasonOf(send(ann, held!.id, "Go!"))).toBe("bad_field");
    expect(await reasonOf(send(ann, held!.id, "go", "x".repeat(70_000)))).toBe("bad_field");
    expect(await reasonOf(send(ann, held!.id, "go", 1, ""))).toBe("bad_field");
  });

  it("that nobody sends in time is told as a timeout; one that is there counts even then", async () => {
    const [late, saved] = await scene.running(2);
    for (const lease of [late!, saved!]) await park(scene, lease, { signal: "go", timeout: 60_000 });
    await send(ann, saved!.jobId, "go", "just in time");
    await scene.db.query("update public.waits set until = clock_timestamp() where job_id = any ($1)", [
      [late!.jobId, saved!.jobId],
    ]);
    expect(await ask(scene, await nextRun(scene, late!.jobId), { signal: "go" })).toMatchObject({ state: "timeout" });
    const run = await nextRun(scene, saved!.jobId);
    expect(await ask(scene, run, { signal: "go" })).toMatchObject({ state: "signal", data: "just in time" });
  });

  it("survives a worker's death before and after the park was settled", async () => {
    const [before, after] = await scene.running(2);
    await ask(scene, before!, { signal: "go" });
    await scene.leasesOver();
    await scene.db.query("select holdpoint.reap($1, $2, 100)", [scene.worker.id, scene.worker.key]);
    expect(await row(before!.jobId)).toMatchObject({ state: "queued", losses: 1, waits_for: null });
    const again = await nextRun(scene, before!.jobId);
    expect(await park(scene, again, { signal: "go" })).toBe("queued");
    await send(ann, before!.jobId, "go");
    expect(await ask(scene, await nextRun(scene, before!.jobId), { signal: "go" })).toMatchObject({ state: "signal" });
    expect(await row(after!.jobId)).toMatchObject({ state: "queued", losses: 1 });
  });

  it("is asked again by another type version, which gets what the older one had taken", async () => {
    const lease = await one();
    await send(ann, lease.jobId, "go", 1);
    await send(ann, lease.jobId, "go", 2);
    await ask(scene, lease, { signal: "go" });
    expect(await park(scene, lease, { sleep: 60_000 })).toBe("queued");
    const newer = await startWorker(scene.on, { types: [{ ...TYPES.plain, version: 2 }] });
    await scene.db.query("update public.jobs set run_at = clock_timestamp() where id = $1", [lease.jobId]);
    const [hint] = await scene.db.query<{ id: string; dispatchNo: number }>(
      `select id, dispatch_no as "dispatchNo" from public.jobs where id = $1`,
      [lease.jobId],
    );
    const [claimed] = await scene.claim([hint!], newer);
    const second: Lease = { jobId: lease.jobId, token: claimed!.token };
    expect(await ask(scene, second, { signal: "go" }, newer)).toMatchObject({ state: "signal", data: 1 });
    expect(await ask(scene, second, { sleep: 60_000 }, newer)).toMatchObject({ state: "park" });
    await scene.settle([{ ...second, outcome: "parked" }], newer);
    const open = await scene.db.query(
      "select type_version from public.waits where job_id = $1 and answered_at is null",
      [lease.jobId],
    );
    expect(open).toEqual([{ type_version: 2 }]);
    await scene.db.query("select holdpoint.end_worker($1, $2, 'done')", [newer.id, newer.key]);
    await scene.db.query("delete from holdpoint.announced_types where type = 'plain'");
    await scene.db.query("insert into holdpoint.announced_types values ('plain', 1)");
  });
});

describe("any order of sending, waiting, parking and dying", () => {
  it("gives each signal to one call, by name and in order", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant("send" as const), name: fc.constantFrom("a", "b") }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), name: fc.constantFrom("a", "b") }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("die" as const), name: fc.constant("") }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        let lease: Lease | null = await one();
        const { jobId } = lease;
        const sent: Record<string, number[]> = { a: [], b: [] };
        // What the handler has been told, call by call: a run goes through them again.
        const told: { name: string; data: unknown }[] = [];
        let waits: string | null = null;
        let no = 0;
        let deaths = 0;
        const goOn = async (): Promise<void> => {
          lease ??= await nextRun(scene, jobId);
          const counts: Record<string, number> = {};
          for (const { name, data } of told) {
            counts[name] = (counts[name] ?? 0) + 1;
            expect(await ask(scene, lease, { signal: name, n: counts[name] })).toMatchObject({ state: "signal", data });
          }
          if (waits === null) return;
          const name = waits;
          const answered = await ask(scene, lease, { signal: name, n: (counts[name] ?? 0) + 1 });
          if (answered.state === "signal") {
            told.push({ name, data: answered.data });
            waits = null;
            return;
          }
          await scene.settle([{ ...lease, outcome: "parked" }]);
          lease = null;
        };
        for (const now of steps) {
          if (now.do === "send") {
            sent[now.name]?.push(++no);
            const { woke } = await send(ann, jobId, now.name, no);
            expect(woke).toBe(lease === null && waits === now.name);
            if (woke) await goOn();
          } else if (now.do === "wait" && waits === null) {
            waits = now.name;
            await goOn();
          } else if (now.do === "die" && lease !== null && deaths < 8) {
            deaths += 1;
            await scene.leasesOver();
            await scene.db.query("select holdpoint.reap($1, $2, 100)", [scene.worker.id, scene.worker.key]);
            lease = null;
            await goOn();
          }
        }
        for (const name of ["a", "b"]) {
          const got = told.filter((one) => one.name === name).map((one) => one.data);
          expect(got).toEqual(sent[name]?.slice(0, got.length));
        }
        if (lease !== null) await scene.settle([lease]);
        else await ann.call("cancel_job", jobId, "done");
      }),
      { numRuns: 25 },
    );
  });
});
