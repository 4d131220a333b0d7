/** The gate's rarer answers: repeats, duplicates, clocks, bad batches, and batches that meet. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqlStateOf } from "@holdpoint/db";
import { claimJobs, settleRuns, submitJobs } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { meet } from "./support/meet.ts";
import { setScene, settlement } from "./support/scene.ts";
import type { Scene } from "./support/scene.ts";
import { TYPES } from "./support/types.ts";
import { startWorker } from "./support/worker.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await setScene();
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});
const verdicts = (rows: readonly { ord: number; verdict: string }[]) =>
  rows.toSorted((a, b) => a.ord - b.ord).map((row) => row.verdict);

describe("claim_jobs", () => {
  it("repeated by its request id after a lost reply answers with the leases that still stand, and starts nothing", async () => {
    const jobs = await scene.admitted(3);
    const request = crypto.randomUUID();
    const first = await scene.claim(jobs, scene.worker, request);
    const second = first.find((row) => row.job_id === at(jobs, 1).id);
    await scene.settle([{ jobId: second!.job_id, token: second!.token }]);
    const again = await scene.claim(jobs, scene.worker, request);
    expect(verdicts(again)).toEqual(["repeat", "stale", "repeat"]);
    const given = new Map(first.map((row) => [row.job_id, row]));
    for (const row of again.filter((one) => one.verdict === "repeat")) {
      const { token, run_no, lease_ms, payload } = given.get(row.job_id)!;
      expect(row).toMatchObject({ token, run_no, lease_ms, payload });
    }
    // Another request, or another process, gets nothing by it.
    expect(verdicts(await scene.claim(jobs))).toEqual(["stale", "stale", "stale"]);
    const other = await startWorker(scene.on);
    expect(verdicts(await scene.claim(jobs, other, request))).toEqual(["stale", "stale", "stale"]);
  });

  it("starts the unlisted age of a repeated lease anew", async () => {
    const [job] = await scene.admitted(1);
    const request = crypto.randomUUID();
    await scene.claim([job!], scene.worker, request);
    await scene.db.query("update public.runs set listed_at = listed_at - interval '1 hour'");
    await scene.claim([job!], scene.worker, request);
    const [run] = await scene.db.query(
      "select clock_timestamp() - listed_at < interval '10 seconds' as fresh from public.runs",
    );
    expect(run).toEqual({ fresh: true });
  });

  it("answers every hint of a batch, whatever it names", async () => {
    const [good, late, done] = await scene.admitted(3);
    await scene.db.query("update public.jobs set run_at = now() + interval '1 hour' where id = $1", [late!.id]);
    await scene.claim([done!]);
    const nobody = { id: "00000000-0000-7000-8000-000000000000", dispatchNo: 1 };
    const rows = await scene.claim([nobody, good!, good!, late!, done!, { ...good!, dispatchNo: 7 }]);
    expect(verdicts(rows)).toEqual(["stale", "claimed", "stale", "early", "stale", "stale"]);
    // An array that is too short is not a way past the dispatch number.
    const [one] = await scene.admitted(1);
    expect(verdicts(await claimJobs(scene.on, scene.worker, crypto.randomUUID(), "build", [one!.id], []))).toEqual([
      "stale",
    ]);
  });

  it("takes 400 good of a batch of 500 with 100 bad, and settles 500 the same way", async () => {
    const good = await scene.admitted(400);
    const bad = Array.from({ length: 100 }, (_, n) =>
      n % 2 === 0 ? { id: crypto.randomUUID(), dispatchNo: 1 } : { ...at(good, n), dispatchNo: 0 },
    );
    const mixed = good.flatMap((job, n) => (n % 4 === 0 ? [at(bad, n / 4), job] : [job]));
    const rows = await scene.claim(mixed);
    expect(rows).toHaveLength(500);
    const claimed = rows.filter((row) => row.verdict === "claimed");
    expect(claimed).toHaveLength(400);
    const leases = claimed.map((row) => ({ jobId: row.job_id, token: row.token }));
    const settled = await scene.settle([
      ...leases.map((lease, n) => (n % 3 === 0 ? { ...lease, outcome: "failed" as const, errorClass: "bug" } : lease)),
      ...Array.from({ length: 100 }, (_, n) =>
        n % 2 === 0 ? { jobId: crypto.randomUUID(), token: "1" } : { ...at(leases, n), token: "999999" },
      ),
    ]);
    expect(settled).toHaveLength(500);
    expect(settled.filter((row) => row.verdict === "settled")).toHaveLength(400);
    expect(settled.filter((row) => row.verdict === "late")).toHaveLength(100);
  });

  it("gives the full length of a lease after a wait for a lock", async () => {
    const [job] = await scene.admitted(1);
    const [row] = await meet(scene.db, `select from public.jobs where id = '${job!.id}' for update`, [
      async () => {
        const rows = await scene.claim([job!]);
        const [left] = await scene.db.query<{ ms: number }>(
          "select extract(epoch from r.lease_until - r.started_at)::float8 * 1000 as ms from public.runs r",
        );
        return { ms: left?.ms, verdict: at(rows, 0).verdict };
      },
    ]);
    expect(row).toEqual({ ms: 10_000, verdict: "claimed" });
    // The clock was read when the lock was had: no event is older than the wait.
    const [order] = await scene.db.query(
      "select r.started_at > j.created_at as ok from public.runs r join public.jobs j on j.id = r.job_id",
    );
    expect(order).toEqual({ ok: true });
  });

  it("reads the clock after the limit's lock, too", async () => {
    await scene.addVenture("tight", { concurrency: 3 });
    const [job] = await scene.admitted(1, { venture: "tight" });
    const holder = await scene.db.owner.connect();
    await holder.query("begin; select from public.limits where key = 'tight' for update");
    const claim = scene.claim([job!]);
    await expect
      .poll(
        async () =>
          (
            await scene.db.query(
              "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
            )
          ).length,
      )
      .toBe(1);
    const { rows } = await holder.query<{ at: Date }>("select clock_timestamp() as at");
    await holder.query("commit");
    holder.release();
    await claim;
    const [run] = await scene.db.query("select started_at > $1 as after from public.runs", [rows[0]?.at]);
    expect(run).toEqual({ after: true });
  });

  it("refuses a worker of an older version, and sends what never started back to admission under a newer one", async () => {
    const jobs = await scene.admitted(2);
    const newer = await startWorker(scene.on, { types: [{ ...TYPES.plain, version: 2 }] });
    expect(verdicts(await scene.claim([at(jobs, 0)]))).toEqual(["older"]);
    expect(verdicts(await scene.claim([at(jobs, 0)], newer))).toEqual(["readmit"]);
    expect(await scene.state(at(jobs, 0).id)).toBe("submitted");
    expect(await scene.db.query("select from public.blocks")).toEqual([]);
    expect(await scene.state(at(jobs, 1).id)).toBe("queued");
  });

  it("lets a started job of an older version go on, with the decision it has", async () => {
    const [lease] = await scene.running(1);
    await scene.settle([{ ...lease!, outcome: "stopped" }]);
    const newer = await startWorker(scene.on, { types: [{ ...TYPES.plain, version: 2 }] });
    expect(verdicts(await scene.claim([{ id: lease!.jobId, dispatchNo: 2 }], newer))).toEqual(["claimed"]);
  });

  it("puts a hint that was refused on offer as a new one", async () => {
    await scene.addVenture("tight", { concurrency: 1 });
    const jobs = await scene.admitted(2, { venture: "tight" });
    const rows = await scene.claim(jobs);
    const refused = rows.find((row) => row.verdict === "limit");
    const [row] = await scene.db.query("select dispatch_no, state from public.jobs where id = $1", [refused?.job_id]);
    expect(row).toEqual({ dispatch_no: 2, state: "queued" });
  });
});

describe("16 clients with batches in opposite orders", () => {
  it("come through with at most the documented repeat", { timeout: 60_000 }, async () => {
    await scene.addVenture("one", { concurrency: 40 });
    await scene.addVenture("two", { concurrency: 40 });
    const clients = await Promise.all(Array.from({ length: 16 }, () => scene.connect()));
    const jobs = [
      ...(await scene.admitted(150, { venture: "one" })),
      ...(await scene.admitted(150, { venture: "two" })),
    ];
    let repeats = 0;
    const repeating = async <T>(call: () => Promise<T>): Promise<T> => {
      try {
        return await call();
      } catch (error) {
        if (!["40P01", "55P03"].includes(sqlStateOf(error) ?? "")) throw error;
        repeats += 1;
        return call();
      }
    };
    await Promise.all(
      clients.map(async (on, n) => {
        for (let round = 0; round < 6; round++) {
          const some = jobs.filter((_, i) => (i * 7 + n + round) % 5 === 0);
          const batch = n % 2 === 0 ? some : some.toReversed();
          const numbers = await scene.db.query<{ id: string; no: number }>(
            "select id, dispatch_no as no from public.jobs where id = any ($1)",
            [batch.map((job) => job.id)],
          );
          const no = new Map(numbers.map((row) => [row.id, row.no]));
          const rows = await repeating(() =>
            claimJobs(
              on,
              scene.worker,
              crypto.randomUUID(),
              "build",
              batch.map((job) => job.id),
              batch.map((job) => no.get(job.id) ?? 0),
            ),
          );
          const leases = rows.filter((row) => row.verdict === "claimed");
          const items = leases.map((row, i) =>
            settlement({ jobId: row.job_id, token: row.token, ...(i % 3 === 0 && { outcome: "stopped" as const }) }),
          );
          await repeating(() => settleRuns(on, scene.worker, n % 2 === 0 ? items.toReversed() : items));
        }
      }),
    );
    console.log(`${repeats} repeats`);
    const [deadlocks] = await scene.db.query(
      "select deadlocks::int as n from pg_stat_database where datname = current_database()",
    );
    expect(deadlocks).toEqual({ n: 0 });
  });
});

describe("an idempotency key", () => {
  const submit = (on: Scene["on"], keys: string[], payload: unknown = {}) =>
    submitJobs(on, scene.worker, { venture: "acme", type: "plain", payloads: keys.map(() => payload), keys });

  it("answers with the first job, also within one batch and beside new ones", async () => {
    const [first] = await submit(scene.on, ["a"]);
    const [again, fresh, twin] = await submit(scene.on, ["a", "b", "b"]);
    expect(again).toBe(first);
    expect(twin).toBe(fresh);
    const [count] = await scene.db.query("select count(*)::int as n from public.jobs");
    expect(count).toEqual({ n: 2 });
  });

  it("used by many at once makes one job", async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => scene.connect()));
    const keys = ["k1", "k2", "k3", "k4"];
    const answers = await Promise.all(clients.map((on, n) => submit(on, n % 2 === 0 ? keys : keys.toReversed())));
    expect(new Set(answers.map((ids) => ids.toSorted().join(","))).size).toBe(1);
    expect(at(answers, 0)).toEqual(at(answers, 1).toReversed());
  });

  it("is a conflict with another payload, type or urgency, and says which job has it", async () => {
    const person = await scene.signIn("approver");
    const request = { type: "plain", venture: "acme", key: "k", payload: { a: 1 } };
    const { id } = await person.call<{ id: string }>("submit_job", request);
    expect(await person.call("submit_job", request)).toMatchObject({ id, repeated: true });
    for (const other of [{ payload: { a: 2 } }, { type: "large" }, { urgent: true }]) {
      await expect(person.call("submit_job", { ...request, ...other })).rejects.toMatchObject({
        code: "PT409",
        message: expect.stringContaining(id),
      });
    }
    await scene.addVenture("beta");
    expect(await person.call("submit_job", { ...request, venture: "beta" })).toMatchObject({ repeated: false });
  });
});
