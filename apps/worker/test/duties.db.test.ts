import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { readAnchorFile } from "@holdpoint/db/audit";
import { createQueues, migrateBullmqSchema } from "@holdpoint/queues";
import type { QueueTransport } from "@holdpoint/queues";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { AdmissionDuty } from "../src/duties/admission/admission.ts";
import { TrustedSubmitter } from "../src/duties/admission/submit-trusted.ts";
import { DispatchDuty } from "../src/duties/dispatch/dispatch.ts";
import { FleetView } from "../src/duties/dispatch/fleet-view.ts";
import { JanitorDuty } from "../src/duties/janitor.ts";
import { PartitionsDuty } from "../src/duties/partitions.ts";
import { SealingDuty } from "../src/duties/sealing.ts";
import { Catalogue } from "../src/handlers/catalogue.ts";
import { createLog } from "../src/log.ts";
import { openDatabases } from "../src/runtime/databases.ts";
import type { Access, Databases } from "../src/runtime/databases.ts";
import { RunTimes } from "../src/runtime/run-times.ts";
import { registered } from "./access.ts";
import noop from "./handlers/noop.ts";
import resolver from "./handlers/resolver.ts";
import risky from "./handlers/risky.ts";

const log = createLog("silent", "test");

describe("duties, one round at a time", { timeout: 30_000 }, () => {
  let db: TestDatabase;
  let databases: Databases;
  let access: Access;
  let folder: string;
  const catalogue = new Catalogue();
  for (const definition of [noop, resolver, risky]) catalogue.add(definition, "test");

  beforeAll(async () => {
    db = await createTestDatabase();
    await migrateBullmqSchema(db.ownerUrl, "holdpoint_worker");
    await db.query("update public.limits set max = 1000");
    databases = openDatabases(db.workerUrl, log);
    access = await accessOf("one");
  }, 60_000);
  afterAll(async () => {
    await databases.end();
    await db.drop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "holdpoint-duties-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const accessOf = (name: string): Promise<Access> => registered(databases, name, catalogue);

  async function submit(type: string, payload: object, count = 1): Promise<string[]> {
    const rows = await db.query<{ id: string }>(
      "select id from holdpoint.insert_jobs('operator', 'test', 'fleet', $1, $2::jsonb[], array_fill(null::text, array[$3::int]), array_fill(null::timestamptz, array[$3::int]), false, null, null)",
      [type, Array.from({ length: count }, () => JSON.stringify(payload)), count],
    );
    return rows.map((row) => row.id);
  }

  async function admitAll(): Promise<void> {
    const admission = new AdmissionDuty({ access, catalogue, log });
    while (await admission.runOnce());
  }

  const states = async (ids: string[]): Promise<unknown[]> =>
    (await db.query("select distinct state::text as state from public.jobs where id = any($1)", [ids])).map(
      (row) => row["state"],
    );

  test("a trusted submitter decides as admission does, and leaves to it what may not go ahead", async () => {
    const fleet = new TrustedSubmitter(databases.work, access.caller, catalogue);
    const [atOnce] = await fleet.submit({ venture: "fleet", type: "noop", payloads: [{ note: "é\u0000", n: 1.5 }] });
    const [held] = await fleet.submit({ venture: "fleet", type: "risky", payloads: [{ what: "x" }] });
    const [refused] = await fleet.submit({ venture: "fleet", type: "risky", payloads: [{ what: 5 }] });
    const [resolved] = await fleet.submit({ venture: "fleet", type: "resolver", payloads: [{ ref: "main" }] });
    expect(await states([atOnce!])).toEqual(["queued"]);
    expect(await states([held!, refused!, resolved!])).toEqual(["submitted"]);

    const [inTwo] = await submit("noop", { note: "é\ufffd", n: 1.5 });
    const admission = new AdmissionDuty({ access, catalogue, log });
    await admission.runOnce();
    expect(await states([held!])).toEqual(["held"]);
    expect(await states([refused!])).toEqual(["refused"]);
    const decided = await db.query(
      "select distinct state, queue, tier, rule, reason, policy_version, needs_approval, ceiling_microusd, plan_hash, plan_no from public.jobs where id = any ($1)",
      [[atOnce, inTwo]],
    );
    expect(decided).toHaveLength(1);
    admission.close();
    await db.query(
      "update public.jobs set state = 'canceled', phase = null, held_for = null, ended_at = now() where ended_at is null",
    );
  });

  test("admission decides a batch; a second leader at the same time changes nothing", async () => {
    const ids = [...(await submit("noop", {}, 300)), ...(await submit("risky", { what: "x" }, 3))];
    const [one, two] = [
      new AdmissionDuty({ access, catalogue, log }),
      new AdmissionDuty({ access: await accessOf("two"), catalogue, log }),
    ];
    await Promise.all([one.runOnce(), two.runOnce()]);
    await admitAll();
    expect(new Set(await states(ids))).toEqual(new Set(["held", "queued"]));
    const [events] = await db.query(
      "select count(*)::int as n from public.job_events where stream = any($1) and seq > 1",
      [ids],
    );
    expect(events).toEqual({ n: 303 });
  });

  test("admission leaves a type that it does not know to a worker that does", async () => {
    const [id = ""] = await submit("risky", { what: "x" });
    const knowsLess = new Catalogue();
    knowsLess.add(noop, "test");
    await new AdmissionDuty({ access, catalogue: knowsLess, log }).runOnce();
    expect(await states([id])).toEqual(["submitted"]);
    await db.query("update public.jobs set admit_at = clock_timestamp() where id = $1", [id]);
    await new AdmissionDuty({ access, catalogue, log }).follow();
    expect(await states([id])).toEqual(["held"]);
  });

  test("a preview is answered with the same decision, and binds nothing", async () => {
    const ask = async (request: object): Promise<string> => {
      const [row] = await db.query<{ id: string }>(
        "insert into holdpoint.previews (id, by_user, venture, request, asked_at) values (holdpoint.new_id(), gen_random_uuid(), 'fleet', $1, clock_timestamp()) returning id",
        [JSON.stringify(request)],
      );
      return row?.id ?? "";
    };
    const asked = [
      await ask({ type: "risky", venture: "fleet", payload: { what: "x" } }),
      await ask({ type: "resolver", venture: "fleet", payload: { ref: "main" } }),
      await ask({ type: "nope", venture: "fleet" }),
    ];
    await admitAll();
    const read = async () =>
      db.query<{ id: string; answer: { decision: string } }>(
        "select id, answer from holdpoint.previews where answered_at is not null",
      );
    await expect.poll(async () => (await read()).length).toBe(3);
    const answers = new Map((await read()).map((row) => [row.id, row.answer]));
    expect(asked.map((id) => answers.get(id))).toMatchObject([
      { decision: "held", rule: "type_approval", needs_approval: true, reasons: [expect.any(String)] },
      {
        decision: "queued",
        plan: { refs: { commit: "commit-of-main" } },
        plan_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      { decision: "refused", rule: "unknown_type" },
    ]);
  });

  describe("dispatch", () => {
    let transport: QueueTransport;
    beforeEach(async () => {
      transport = createQueues(
        { postgresUrl: db.workerUrl, schema: "bullmq" },
        { prefix: `t${randomBytes(4).toString("hex")}` },
      );
      await db.query(
        "update public.jobs set phase = null, state = 'canceled', ended_at = now(), held_for = null where phase = 'q'",
      );
    });
    afterEach(() => transport.close({ force: true }));

    function duty(of: Access): DispatchDuty {
      return new DispatchDuty({
        access: of,
        transport,
        fleet: new FleetView(of, new RunTimes()),
        log,
        wake: () => undefined,
      });
    }

    async function messages(): Promise<string[]> {
      const found: string[] = [];
      const consumer = transport.consume("job", { concurrency: 500 }, async (message) => {
        found.push(...message.hints.map((hint) => hint.jobId));
      });
      await expect.poll(() => consumer.isHealthy() && found.length, { timeout: 5_000 }).toBeTruthy();
      await consumer.close();
      return found;
    }

    test("one pick finds all of the few that are ready: no other follows it", async () => {
      const dispatch = duty(access);
      while (await dispatch.runOnce());
      const ids = await submit("noop", {}, 3);
      await admitAll();
      dispatch.woken("ready:job");
      expect(await dispatch.runOnce()).toBe(false);
      expect(await messages()).toEqual(expect.arrayContaining(ids));
    });

    test("offers a window, not the whole backlog, and each job once", async () => {
      const ids = await submit("noop", {}, 600);
      await admitAll();
      const dispatch = duty(access);
      while (await dispatch.runOnce());
      const first = await messages();
      expect(new Set(first).size).toBe(first.length);
      expect(first.length).toBeGreaterThan(0);
      expect(first.length).toBeLessThan(600);
      for (const id of first) expect(ids).toContain(id);
    });

    test("while a limit is full it looks again after 25 ms, whatever else is quiet", async () => {
      await db.query("update public.limits set max = 1 where key = 'fleet' and kind = 'concurrency'");
      const ids = await submit("noop", {}, 3);
      await admitAll();
      const [running = ""] = ids;
      const [lease] = await db.query<{ token: string }>(
        "select token from holdpoint.claim_jobs($1, $2, gen_random_uuid(), 'build', $3, $4)",
        [access.caller.id, access.caller.key, [running], [1]],
      );
      const dispatch = duty(access);
      const clock = vi.spyOn(performance, "now").mockReturnValue(1_000_000);
      try {
        await dispatch.runOnce();
        expect(dispatch.intervalMs).toBe(25);
        await db.query(
          "select * from holdpoint.settle_runs($1, $2, $3, $4, '{succeeded}', '{null}', '{null}', '{0}', null, '{0}', '{null}', array[null]::jsonb[])",
          [access.caller.id, access.caller.key, [running], [lease?.token]],
        );
        clock.mockReturnValue(1_000_025);
        await dispatch.runOnce();
      } finally {
        clock.mockRestore();
      }
      expect(ids.slice(1)).toContain((await messages())[0]);
      await db.query("update public.limits set max = 1000 where key = 'fleet'");
    });

    test("two dispatchers at once offer a job twice at worst, never more", async () => {
      const [id = ""] = await submit("noop", {});
      await admitAll();
      await Promise.all([duty(access).runOnce(), duty(await accessOf("three")).runOnce()]);
      const found = await messages();
      expect(found.every((jobId) => jobId === id)).toBe(true);
      expect(found.length).toBeLessThanOrEqual(2);
    });
  });

  test("the janitor ends a run whose lease ran out, but not right after an outage", async () => {
    const janitor = new JanitorDuty(access, 10_000);
    const [id = ""] = await submit("noop", {});
    await admitAll();
    await db.query("select * from holdpoint.claim_jobs($1, $2, gen_random_uuid(), 'build', $3, $4)", [
      access.caller.id,
      access.caller.key,
      [id],
      [1],
    ]);
    expect(await states([id])).toEqual(["running"]);
    await db.query("update public.runs set lease_until = clock_timestamp() - interval '1 second' where job_id = $1", [
      id,
    ]);
    await db.query("update public.settings set lease_ms = 10000");
    await db.query("update holdpoint.janitor set janitor_seen_at = clock_timestamp() - interval '1 hour'");
    await janitor.runOnce();
    expect(await states([id])).toEqual(["running"]);
    await db.query("update holdpoint.janitor set database_up_since = clock_timestamp() - interval '1 hour'");
    await janitor.runOnce();
    expect(await states([id])).toEqual(["queued"]);
  });

  test("sealing anchors each checkpoint in a file that only grows, whatever tore it and whoever leads", async () => {
    const anchorFile = join(folder, "anchors", "checkpoints.jsonl");
    const one = new SealingDuty({ access, anchorFile });
    const two = new SealingDuty({ access: await accessOf("five"), anchorFile });
    const sealedUpTo = async (): Promise<number> =>
      Number((await db.query("select coalesce(max(no), 0) as no from holdpoint.checkpoints"))[0]?.["no"]);
    const sealNext = async (duties: SealingDuty[]): Promise<void> => {
      const before = await sealedUpTo();
      await submit("noop", {});
      const next = async (): Promise<number> => {
        await Promise.all(duties.map((duty) => duty.runOnce()));
        return sealedUpTo();
      };
      // Writers in other databases of the server hold it up for a while.
      await expect.poll(next, { timeout: 20_000 }).toBeGreaterThan(before);
    };
    await sealNext([one]);
    const first = readFileSync(anchorFile, "utf8");
    writeFileSync(anchorFile, `${first}{"no":2,"ep`);
    await sealNext([one, two]);
    const second = readFileSync(anchorFile, "utf8");
    expect(second.startsWith(`${first}{"no":2,"ep\n{"no":2,"epoch":1,`)).toBe(true);
    // A crash between the commit and the file: the next round brings what is missing, and nothing twice.
    writeFileSync(anchorFile, first);
    await two.runOnce();
    await one.runOnce();
    const { anchors, breaks } = await readAnchorFile(anchorFile);
    expect(breaks).toEqual([]);
    const stored = await db.query(
      "select no::int as no, encode(hash, 'hex') as hash from holdpoint.checkpoints order by no",
    );
    expect(anchors.map(({ no, hash }) => ({ no, hash }))).toEqual(stored);
    const noted = await db.query("select no::int as no from holdpoint.anchored where host = 'test'");
    expect(noted).toEqual([{ no: stored.at(-1)?.["no"] }]);
  });

  test("an anchor file of another history is left as it is, and the duty says so", async () => {
    const anchorFile = join(folder, "checkpoints.jsonl");
    const duty = new SealingDuty({ access, anchorFile });
    await duty.runOnce();
    const other = readFileSync(anchorFile, "utf8").replaceAll(/"hash":"[0-9a-f]{64}"/g, `"hash":"${"0".repeat(64)}"`);
    writeFileSync(anchorFile, other);
    await expect(duty.runOnce()).rejects.toMatchObject({ reason: "anchor_differs" });
    expect(readFileSync(anchorFile, "utf8")).toBe(other);
  });

  test("partitions are made ahead, and again only when they are missing", async () => {
    const duty = new PartitionsDuty({ access, artifactsDir: folder, log });
    expect(await duty.runOnce()).toBe(false);
    expect(await duty.runOnce()).toBe(false);
  });

  test("a month whose retention is over is dropped, and what its jobs left goes with it", async () => {
    const duty = new PartitionsDuty({ access, artifactsDir: folder, log });
    await db.query("select holdpoint.ensure_partition('2024-02-10')");
    await db.query("update public.settings set retention_months = 12");
    const partitions = async (): Promise<number> =>
      (await db.query("select 1 from pg_class where relispartition and relname like '%\\_y2024m02'")).length;
    expect(await partitions()).toBeGreaterThan(2);
    // What the other tests left unsealed is not of that month; a table in use is tried again.
    await vi.waitFor(
      async () => {
        await duty.runOnce();
        expect(await partitions()).toBe(0);
      },
      { timeout: 20_000 },
    );
    const told = await db.query(
      "select body::jsonb -> 'data' as data from public.venture_events where type = 'month.dropped'",
    );
    expect(told).toMatchObject([{ data: { month: "2024-02", jobs: 0, retention_months: 12 } }]);
    await db.query("update public.settings set retention_months = null");
  });
});
