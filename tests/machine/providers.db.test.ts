/** Providers: a rate shared by all ventures, a pause that one run was told, an outage with one trial at a time. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pickReady, tendBlocks } from "@holdpoint/db/runtime";
import { at } from "./support/at.ts";
import { expectInvariants } from "./support/invariants.ts";
import { setCap } from "./support/money.ts";
import type { Person } from "./support/person.ts";
import { setScene } from "./support/scene.ts";
import type { Lease, ReadyJob, Scene } from "./support/scene.ts";
import { TYPES } from "./support/types.ts";
import { startWorker } from "./support/worker.ts";
import type { TestWorker } from "./support/worker.ts";

let scene: Scene;
let admin: Person;
let worker: TestWorker;
beforeEach(async () => {
  scene = await setScene();
  admin = await scene.signIn("admin");
  const types = [
    { ...TYPES.plain, providers: ["github"] },
    TYPES.large,
    TYPES.effectful,
    { ...TYPES.paid, providers: ["github"] },
  ];
  worker = await startWorker(scene.on, { types });
});
afterEach(async () => {
  await expectInvariants(scene.db);
  await scene.close();
});

const set = (max: number | null, perMs = 60_000) =>
  admin.call("set_limit", {
    scope: "provider",
    key: "github",
    kind: "rate",
    max,
    ...(max === null ? {} : { per_ms: perMs }),
  });
const claim = async (jobs: readonly ReadyJob[]) => scene.claim(jobs, worker);
const verdicts = async (jobs: readonly ReadyJob[]) => (await claim(jobs)).map((row) => row.verdict).toSorted();
const start = async (n: number, venture = "acme"): Promise<Lease[]> =>
  (await claim(await scene.admitted(n, { venture })))
    .filter((row) => row.verdict === "claimed")
    .map((row) => ({ jobId: row.job_id, token: row.token }));
const fail = (lease: Lease, retryMs: number | null = null) =>
  scene.settle(
    [
      {
        ...lease,
        outcome: "failed",
        errorClass: "transient",
        errorMessage: "503",
        retry: retryMs === null ? null : { ms: retryMs },
        result: { $provider: "github" },
      },
    ],
    worker,
  );
const blocks = () => scene.db.query("select kind, key from public.blocks order by kind");
const told = async () =>
  (
    await scene.db.query<{ type: string }>(
      "select type from public.venture_events where type like 'provider.%' order by seq",
    )
  ).map((row) => row.type);
const alerts = async () =>
  (await scene.db.query("select 1 from public.tasks where queue = 'alert' and subject ->> 'kind' like 'provider.%'"))
    .length;
const wake = async () => {
  await scene.db.query("update public.blocks set wake_at = clock_timestamp() where scope = 'provider'");
  return tendBlocks(scene.on, worker);
};
const offered = async () =>
  (await pickReady(scene.on, worker, { queue: "job", want: 10, cursor: "", out: [], look: true })).filter(
    (row) => row.kind === "ready",
  ).length;

describe("a rate", () => {
  it("is shared by all ventures, holds back its types only, and starts anew after its period, without an event", async () => {
    await scene.addVenture("beta");
    await set(3);
    await scene.settle(await start(1), worker);
    await start(1, "beta");
    expect(await verdicts(await scene.admitted(3))).toEqual(["claimed", "limit", "limit"]);
    expect(await blocks()).toEqual([{ kind: "rate", key: "github" }]);
    expect(await offered()).toBe(0);
    expect(await verdicts(await scene.admitted(1, { type: "large" }))).toEqual(["claimed"]);
    await scene.db.query("update public.limits set window_at = window_at - interval '1 hour' where kind = 'rate'");
    expect(await wake()).toBe(1);
    expect(await offered()).toBe(2);
    expect(await start(5)).toHaveLength(3);
    expect([await told(), await alerts()]).toEqual([[], 0]);
  });

  it("is set and removed by an admin, and names what it is about", async () => {
    await set(1);
    await start(1);
    expect(await blocks()).toHaveLength(1);
    await set(5);
    expect(await start(9)).toHaveLength(4);
    await set(null);
    expect(await start(9)).toHaveLength(9);
    const wrong = (more: object) =>
      admin.call("set_limit", { scope: "provider", key: "github", kind: "rate", max: 5, ...more });
    await expect(wrong({})).rejects.toMatchObject({ detail: expect.stringContaining('"field":"per_ms"') });
    await expect(wrong({ key: "gitlab", per_ms: 1 })).rejects.toMatchObject({
      detail: expect.stringContaining("unknown_provider"),
    });
  });
});

describe("a pause", () => {
  it("that a run was told holds for all until then; the later time counts; two events, one alert", async () => {
    await scene.addVenture("beta");
    const [a, b, c] = await start(3);
    await fail(a!, 60_000);
    await fail(b!, 3_600_000);
    await fail(c!, 60_000);
    expect(await blocks()).toEqual([{ kind: "paused_by_provider", key: "github" }]);
    const [block] = await scene.db.query<{ s: number }>(
      "select extract(epoch from wake_at - clock_timestamp())::int as s from public.blocks",
    );
    expect(block?.s).toBeGreaterThan(3_500);
    expect(await verdicts(await scene.admitted(1, { venture: "beta" }))).toEqual(["blocked"]);
    expect(await offered()).toBe(0);
    await tendBlocks(scene.on, worker);
    await wake();
    expect([await told(), await alerts()]).toEqual([["provider.paused", "provider.resumed"], 1]);
    expect(await offered()).toBe(1);
  });

  it("of a provider that the type does not name is none", async () => {
    const [lease] = await start(1);
    await scene.settle(
      [
        {
          ...lease!,
          outcome: "failed",
          errorClass: "transient",
          retry: { ms: 60_000 },
          result: { $provider: "gitlab" },
        },
      ],
      worker,
    );
    expect(await blocks()).toEqual([]);
  });
});

describe("an outage", () => {
  const outage = async () => {
    for (const lease of await start(5)) await fail(lease);
  };

  it("opens the circuit after five failures; one run tries, the others wait; one that succeeds closes it: two events, one alert", async () => {
    await outage();
    expect(await blocks()).toEqual([{ kind: "provider_down", key: "github" }]);
    expect(await verdicts(await scene.admitted(2))).toEqual(["blocked", "blocked"]);
    await wake();
    expect(await blocks()).toEqual([]);
    const trial = await start(3);
    expect(trial).toHaveLength(1);
    expect(await blocks()).toEqual([{ kind: "provider_down", key: "github" }]);
    await scene.settle(trial, worker);
    await tendBlocks(scene.on, worker);
    expect(await blocks()).toEqual([]);
    expect(await start(4)).toHaveLength(4);
    expect([await told(), await alerts()]).toEqual([["provider.down", "provider.up"], 1]);
  });

  it("a trial that fails waits longer each time; one that is lost makes room for another", async () => {
    await outage();
    await wake();
    await fail(at(await start(1), 0));
    const [block] = await scene.db.query<{ s: number }>(
      "select extract(epoch from wake_at - clock_timestamp())::int as s from public.blocks",
    );
    expect(block?.s).toBeGreaterThan(50);
    await wake();
    expect(await start(1)).toHaveLength(1);
    await scene.leasesOver();
    await scene.on.query("select holdpoint.reap($1, $2, 10)", [worker.id, worker.key]);
    await tendBlocks(scene.on, worker);
    const again = await start(2);
    expect(again).toHaveLength(1);
    await scene.settle(again, worker);
    await tendBlocks(scene.on, worker);
    expect([await told(), await alerts()]).toEqual([["provider.down", "provider.up"], 1]);
  });

  it("ends with a trial that took so long that its own block was over; the next outage is one again", async () => {
    await outage();
    await wake();
    const trial = await start(1);
    await wake();
    expect(await blocks()).toEqual([]);
    await scene.settle(trial, worker);
    await tendBlocks(scene.on, worker);
    expect(await told()).toEqual(["provider.down", "provider.up"]);
    await outage();
    expect(await blocks()).toEqual([{ kind: "provider_down", key: "github" }]);
  });

  it("is not waited out by a trial that never began, because a cap refused it", async () => {
    await outage();
    await wake();
    await setCap(scene.db, { day: 1 });
    const paid = await scene.admitted(1, { type: "paid", ceiling: 5 });
    expect(await verdicts(paid)).toEqual(["held"]);
    await tendBlocks(scene.on, worker);
    expect(await start(3)).toHaveLength(1);
  });

  it("is none while most runs succeed", async () => {
    await scene.settle(await start(11), worker);
    await outage();
    expect(await blocks()).toEqual([]);
  });
});
