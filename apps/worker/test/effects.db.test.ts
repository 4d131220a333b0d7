/**
 * A process that dies at every point between intent and receipt, against a provider that records what it really did:
 * never twice, and the next run knows what the dead one did. A death is a promise that never comes back: the database
 * and the provider can't tell the difference.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimJobs, settleRuns } from "@holdpoint/db/runtime";
import { EffectUnknown, RetryAfter, RunAborted } from "@holdpoint/sdk";
import type { EffectOptions } from "@holdpoint/sdk";
import { ActiveRun } from "../src/runtime/active-run.ts";
import { moment } from "../src/runtime/clock.ts";
import { openDatabases } from "../src/runtime/databases.ts";
import type { Databases } from "../src/runtime/databases.ts";
import { createLog } from "../src/log.ts";
import { EffectStore } from "../src/runtime/effect-store.ts";
import { setCap } from "../../../tests/machine/support/money.ts";
import { setScene, settlement } from "../../../tests/machine/support/scene.ts";
import type { Scene } from "../../../tests/machine/support/scene.ts";
import { startProvider } from "./provider/recording-provider.ts";
import type { RecordingProvider } from "./provider/recording-provider.ts";

interface Charge {
  id: string;
}
let scene: Scene;
let databases: Databases;
beforeAll(async () => {
  scene = await setScene();
  await setCap(scene.db, { day: 1_000_000_000 });
  databases = openDatabases(scene.db.workerUrl, createLog("silent", "effects test"));
});
afterAll(async () => {
  await databases.end();
  await scene.close();
});

const DEATHS = [
  "before the intent",
  "after the intent",
  "after the call",
  "before the receipt is sent",
  "after the receipt",
] as const;
type Death = (typeof DEATHS)[number];

/** Dies: tells, and never comes back. */
class Dying {
  readonly died: Promise<"died">;
  readonly #tell: () => void;
  readonly #at: Death | null;

  constructor(at: Death | null) {
    const { promise, resolve } = Promise.withResolvers<"died">();
    this.died = promise;
    this.#tell = () => resolve("died");
    this.#at = at;
  }

  at(point: Death): Promise<void> {
    if (point !== this.#at) return Promise.resolve();
    this.#tell();
    return new Promise(() => undefined);
  }
}

async function claim(jobId: string): Promise<{ run: ActiveRun; store: EffectStore }> {
  const [job] = await scene.db.query<{ no: number }>("select dispatch_no as no from public.jobs where id = $1", [
    jobId,
  ]);
  const [row] = await claimJobs(databases.work, scene.worker, crypto.randomUUID(), "build", [jobId], [job!.no]);
  expect(row).toMatchObject({ verdict: "claimed" });
  const run = new ActiveRun(row!, moment());
  return { run, store: new EffectStore(run, { databases, caller: scene.worker }) };
}

/** The effect as a handler would write it, dying where it is told. */
function charge(
  { store }: { store: EffectStore },
  provider: RecordingProvider,
  settle: EffectOptions<Charge>["settle"],
  dying: Dying,
): Promise<Charge | "died"> {
  const { begin, finish } = store;
  store.begin = async (intent) => {
    await dying.at("before the intent");
    const begun = await begin(intent);
    await dying.at("after the intent");
    return begun;
  };
  store.finish = async (key, end) => {
    await dying.at("before the receipt is sent");
    const answer = await finish(key, end);
    await dying.at("after the receipt");
    return answer;
  };
  const options: EffectOptions<Charge> = {
    key: "charge",
    kind: "spend",
    settle,
    max: 1_000_000,
    ...(settle === "safe_retry" && { dedupeMs: 3_600_000 }),
    reconcile: async ({ idempotencyKey }) => {
      const response = await fetch(`${provider.url}?key=${encodeURIComponent(idempotencyKey)}`);
      const { charge: found } = (await response.json()) as { charge: Charge | null };
      return found === null ? { happened: false } : { happened: true, receipt: { id: found.id } };
    },
  };
  const effect = store.effect(options, async ({ idempotencyKey }) => {
    const response = await fetch(provider.url, { method: "POST", headers: { "idempotency-key": idempotencyKey } });
    const answer = (await response.json()) as { charge: Charge };
    await dying.at("after the call");
    return { id: answer.charge.id };
  });
  return Promise.race([effect, dying.died]);
}

async function loseRun(intentOver = true): Promise<void> {
  await scene.leasesOver();
  await scene.db.query("select holdpoint.reap($1, $2, 10)", [scene.worker.id, scene.worker.key]);
  if (intentOver) await scene.db.query("update public.effects set not_after = not_after - interval '1 hour'");
}

const newJob = async () => (await scene.admitted(1, { type: "paid" }))[0]!.id;
const effectOf = async (job: string) =>
  (
    await scene.db.query<{ outcome: string; cost: number; unknown: boolean }>(
      "select outcome, cost_microusd::int as cost, unknown_at is not null as unknown from public.effects where job_id = $1",
      [job],
    )
  )[0];

describe.each(["safe_retry", "reconcile"] as const)("an effect that settles by %s", (settle) => {
  test.each(DEATHS)("happens exactly once though the process dies %s", async (death) => {
    // Who reconciles has a provider that does not know keys: a second call would be a second charge.
    await using stack = new AsyncDisposableStack();
    const provider = await startProvider({ forgets: settle === "reconcile" });
    stack.defer(() => provider.close());
    const job = await newJob();
    const first = await claim(job);
    expect(await charge(first, provider, settle, new Dying(death))).toBe("died");
    await loseRun();
    const second = await claim(job);
    expect(await charge(second, provider, settle, new Dying(null))).toEqual({ id: "ch_1" });
    expect(provider.did).toHaveLength(1);
    expect(await effectOf(job)).toEqual({ outcome: "done", cost: 1_000_000, unknown: false });
    await settleRuns(databases.work, scene.worker, [settlement({ jobId: job, token: second.run.row.token })]);
  });
});

describe("the moment before the call", () => {
  test("an earlier run's intent that is not over is waited for, without a call", async () => {
    await using stack = new AsyncDisposableStack();
    const provider = await startProvider();
    stack.defer(() => provider.close());
    const job = await newJob();
    await charge(await claim(job), provider, "safe_retry", new Dying("after the intent"));
    await loseRun(false);
    await expect(charge(await claim(job), provider, "safe_retry", new Dying(null))).rejects.toThrow(RetryAfter);
    expect(provider.asked).toEqual([]);
    await loseRun();
  });

  test("an abort between intent and call makes no call and returns the money", async () => {
    await using stack = new AsyncDisposableStack();
    const provider = await startProvider();
    stack.defer(() => provider.close());
    const job = await newJob();
    const claimed = await claim(job);
    const { begin } = claimed.store;
    claimed.store.begin = async (intent) => {
      const begun = await begin(intent);
      claimed.run.abort("stopped");
      return begun;
    };
    await expect(charge(claimed, provider, "safe_retry", new Dying(null))).rejects.toThrow(RunAborted);
    expect(provider.asked).toEqual([]);
    expect(await effectOf(job)).toMatchObject({ outcome: "not_done", cost: 0 });
    expect(claimed.store.open).toBeNull();
    await loseRun();
  });

  test("what nobody can tell is for a person", async () => {
    const job = await newJob();
    const { store } = await claim(job);
    const silent = { key: "charge", kind: "spend", settle: "reconcile", max: 1 } as const;
    await expect(
      store.effect(silent, () => {
        throw new Error("the connection broke");
      }),
    ).rejects.toThrow("the connection broke");
    expect(store.open).toBe("charge");
    await loseRun();
    const second = await claim(job);
    await expect(second.store.effect(silent, () => ({ id: "never" }))).rejects.toThrow(EffectUnknown);
    expect(await effectOf(job)).toMatchObject({ outcome: null, unknown: true });
    await loseRun();
  });
});
