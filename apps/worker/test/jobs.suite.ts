import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createQueues } from "@holdpoint/queues";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { World } from "./world.ts";

/** What a worker does with jobs, the same whatever carries the hints. */
export function jobsSuite(backend: "postgres" | "redis"): void {
  describe(`jobs over ${backend}`, { timeout: 40_000 }, () => {
    let world: World;
    beforeAll(async () => {
      world = await World.open({ redis: backend === "redis" });
      await world.worker({ slots: 8 });
    }, 60_000);
    afterAll(() => world.close());

    test("a job goes from submit to succeeded, with an event for each arrow", async () => {
      const id = await world.submitOne("noop", { n: 7 });
      const job = await world.reaches(id, ["succeeded"]);
      expect(job.result).toEqual({ n: 7 });
      const events = await world.db.query("select seq, type from public.job_events where stream = $1 order by seq", [
        id,
      ]);
      expect(events.map((event) => event["type"])).toEqual(["submitted", "queued", "running", "succeeded"]);
    });

    test("five hundred jobs each run once", async () => {
      const ids = await world.submit("noop", {}, { count: 500 });
      await world.until(async () => {
        const [row] = await world.db.query(
          "select count(*)::int as n from public.jobs where id = any($1) and state = 'succeeded'",
          [ids],
        );
        return row?.["n"] === 500;
      });
      const [runs] = await world.db.query(
        "select count(*)::int as n, max(run_no) as most from public.runs where job_id = any($1)",
        [ids],
      );
      expect(runs).toEqual({ n: 500, most: 1 });
    });

    test("urgent work goes through the priority queue", async () => {
      const [id = ""] = await world.submit("noop", {}, { urgent: true });
      expect(await world.reaches(id, ["succeeded"])).toMatchObject({ queue: "priority" });
    });

    test("a transient failure is retried and counts", async () => {
      const job = await world.reaches(await world.submitOne("flaky", { failures: 2 }), ["succeeded"]);
      expect(job).toMatchObject({ run_no: 3, retries_used: 2, result: { runNo: 3 } });
    });

    test("RetryAfter names the next try and uses none", async () => {
      const job = await world.reaches(await world.submitOne("flaky", { how: "later" }), ["succeeded"]);
      expect(job).toMatchObject({ run_no: 2, retries_used: 0 });
    });

    test.each([
      ["bad_input", "quarantined"],
      ["unsafe", "quarantined"],
    ])("%s is never retried", async (how, state) => {
      const id = await world.submitOne("flaky", { how, failures: 9 });
      expect(await world.reaches(id, [state, "dead"])).toMatchObject({ state, run_no: 1 });
      expect(await world.runs(id)).toMatchObject([{ outcome: "failed", error_class: how }]);
    });

    test("a handler that throws anything, or returns what is no JSON, is a bug with a message", async () => {
      const ids = [
        await world.submitOne("flaky", { how: "bug", failures: 9 }),
        await world.submitOne("flaky", { how: "not_json", failures: 9 }),
      ];
      for (const id of ids) {
        await world.reaches(id, ["quarantined", "dead"]);
        const runs = await world.runs(id);
        expect(runs).toHaveLength(4);
        expect(runs[0]).toMatchObject({
          outcome: "failed",
          error_class: "bug",
          error_message: expect.stringMatching(/undefined|Map/),
        });
      }
    });

    test("a run that takes longer than its type allows fails with class timeout", async () => {
      const id = await world.submitOne("hasty");
      await world.until(async () => (await world.runs(id)).some((run) => run.outcome !== null));
      expect((await world.runs(id))[0]).toMatchObject({ outcome: "failed", error_class: "timeout" });
      await world.reaches(id, ["dead"]);
    });

    test("cancel ends a running job, also one whose handler catches everything", async () => {
      for (const type of ["sleeper", "catcher"]) {
        const id = await world.submitOne(type);
        await world.reaches(id, ["running"]);
        const from = performance.now();
        await world.cancel(id);
        await world.reaches(id, ["canceled"]);
        expect(performance.now() - from).toBeLessThan(6_000);
      }
    });

    test("what a handler logs, keeps, observes and reports is recorded", async () => {
      const id = await world.submitOne("talker", { lines: 3 });
      const job = await world.reaches(id, ["succeeded"]);
      const sha256 = createHash("sha256").update("hello").digest("hex");
      expect(job.result).toEqual({ kept: 6, sha256, venture: "fleet" });
      const chunks = await world.db.query<{ stream: string; text: string }>(
        "select stream, text from public.run_logs where job_id = $1 order by chunk_no",
        [id],
      );
      expect(chunks).toEqual([
        { stream: "log", text: "line 0\nline 1\nline 2\n" },
        { stream: "stderr", text: "careful\n" },
      ]);
      const text = chunks.map((chunk) => chunk.text).join("");
      expect((await world.runs(id))[0]).toMatchObject({
        log_bytes: String(Buffer.byteLength(text)),
        log_sha256: createHash("sha256").update(text).digest("hex"),
      });
      const [artifact] = await world.db.query("select * from public.artifacts where job_id = $1", [id]);
      expect(artifact).toMatchObject({ name: "report.txt", sha256, bytes: "5", facts: { kept: 6 } });
      expect(readFileSync(join(world.dataDir, "artifacts", String(artifact?.["path"])), "utf8")).toBe("hello");
      const [evidence] = await world.db.query("select * from public.evidence where job_id = $1", [id]);
      expect(evidence).toMatchObject({ subject: "x", ok: true, venture: "fleet" });
      const found = await world.db.query("select * from public.incidents where job_id = $1", [id]);
      expect(found).toMatchObject([
        {
          subject_kind: "page",
          state: "quarantined",
          finding: "It promises a cure.",
          evidence: { line: 4 },
          run_no: 1,
        },
      ]);
    });

    test("a step that was kept is not done again", async () => {
      const job = await world.reaches(await world.submitOne("stepper"), ["succeeded"]);
      expect(job).toMatchObject({ run_no: 2, result: { first: { madeInRun: 1 }, second: 2 } });
    });

    test("references are resolved before admission, and nobody waits behind a slow one", async () => {
      const slow = await world.submit("resolver", { ref: "main", ms: 3_000 }, { count: 20 });
      await world.reaches(await world.submitOne("noop"), ["succeeded"]);
      const waiting = await world.db.query("select 1 from public.jobs where id = any($1) and state = 'submitted'", [
        slow,
      ]);
      expect(waiting.length).toBeGreaterThan(0);
      const quick = await world.reaches(await world.submitOne("resolver", { ref: "dev" }), ["succeeded"], 20_000);
      expect(quick.result).toEqual({ commit: "commit-of-dev" });
      const missing = await world.reaches(await world.submitOne("resolver", { ref: "missing" }), ["refused"]);
      expect(missing.reason).toMatch(/no such ref/);
      for (const id of slow) await world.reaches(id, ["succeeded"], 20_000);
    });

    test("a payload that does not fit is refused and says where", async () => {
      const job = await world.reaches(await world.submitOne("resolver", { ref: 5 }), ["refused"]);
      expect(job.reason).toMatch(/payload\.ref/);
    });

    test("what needs a person is held with its plan, and an approval task asks for an alert", async () => {
      const id = await world.submitOne("risky", { what: "it" });
      await world.reaches(id, ["held"]);
      const [plan] = await world.db.query<{ body: string; hash: Buffer }>(
        "select body, hash from public.plans where job_id = $1",
        [id],
      );
      expect(JSON.parse(plan?.body ?? "")).toMatchObject({ type: "risky", payload: { what: "it" }, venture: "fleet" });
      expect(plan?.hash).toEqual(
        createHash("sha256")
          .update(plan?.body ?? "")
          .digest(),
      );
      await world.until(
        async () => (await world.db.query("select 1 from public.alerts where job_id = $1", [id])).length === 1,
      );
    });

    test("the same message twice, and a wrong dispatch number, start nothing a second time", async () => {
      const id = await world.submitOne("sleeper", { ms: 1_500 });
      await world.reaches(id, ["running"]);
      const job = await world.job(id);
      const queues = createQueues(
        world.redis === null ? { postgresUrl: world.db.workerUrl, schema: "bullmq" } : { redisUrl: world.redis.url },
        { prefix: "holdpoint" },
      );
      const hint = { jobId: id, dispatchNo: job.dispatch_no };
      await queues.addHints("job", [[hint], [hint, hint], [{ ...hint, dispatchNo: 99 }]]);
      await world.reaches(id, ["succeeded"]);
      await queues.addHints("job", [[hint]]);
      await queues.close({ force: true });
      await world.reaches(await world.submitOne("noop"), ["succeeded"]);
      expect(await world.runs(id)).toHaveLength(1);
    });

    test("stop everything aborts what runs, uses no retry, and lifting goes on", async () => {
      const id = await world.submitOne("sleeper", { ms: 2_000 });
      await world.reaches(id, ["running"]);
      const from = performance.now();
      await world.stopEverything();
      await world.reaches(id, ["queued"]);
      expect(performance.now() - from).toBeLessThan(4_000);
      const waiting = await world.submitOne("noop");
      await world.until(async () => (await world.job(waiting)).state === "queued");
      expect(await world.runs(id)).toMatchObject([{ outcome: "stopped" }]);
      await world.liftStops();
      expect(await world.reaches(id, ["succeeded"])).toMatchObject({ run_no: 2, retries_used: 0 });
      await world.reaches(waiting, ["succeeded"]);
    });

    test("a queue that is emptied loses no job", async () => {
      const running = await world.submit("sleeper", { ms: 1_000 }, { count: 8 });
      for (const id of running) await world.reaches(id, ["running"]);
      const waiting = await world.submit("noop", {}, { count: 20 });
      await world.until(async () => {
        const [row] = await world.db.query(
          "select count(*)::int as n from public.jobs where id = any($1) and state = 'queued'",
          [waiting],
        );
        return row?.["n"] === 20;
      });
      await emptyQueue(world);
      for (const id of [...running, ...waiting]) await world.reaches(id, ["succeeded"], 30_000);
    });
  });
}

async function emptyQueue(world: World): Promise<void> {
  if (world.redis === null) {
    await world.db.query(
      "do $$ declare t record; begin for t in select tablename from pg_tables where schemaname = 'bullmq' and tablename <> 'migration' loop execute format('truncate bullmq.%I cascade', t.tablename); end loop; end $$",
    );
    return;
  }
  const { createConnection } = await import("node:net");
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ port: world.redis?.port ?? 0, host: "127.0.0.1" }, () =>
      socket.write("FLUSHALL\r\n"),
    );
    socket.once("data", () => {
      socket.end();
      resolve();
    });
    socket.once("error", reject);
  });
}
