/**
 * Concurrency keys against their model: random calls of two workers and two people, now and then while someone else has
 * members of the key locked; each answer and all tables compared after each call, and in the end everything that waits
 * must run. A failure prints its seed and path, and the shortest history that fails.
 */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { expectInvariants } from "../support/invariants.ts";
import { keyedWorker } from "../support/keyed.ts";
import { checkFor, modelSeconds } from "../support/model-settings.ts";
import { setScene } from "../support/scene.ts";
import { drain, runSteps } from "./run-steps.ts";
import { histories } from "./steps.ts";

const seconds = modelSeconds(12);

describe("concurrency keys, call by call", () => {
  beforeAll(async () => {
    // The janitor waits two heartbeat windows after a start of the server.
    const scene = await setScene();
    const age = "select extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 as s";
    await vi.waitFor(async () => expect((await scene.db.query<{ s: number }>(age))[0]?.s).toBeGreaterThan(9), 20_000);
    await scene.close();
  });

  it("do what the model says, and let nobody wait for ever", { timeout: seconds * 1_000 + 120_000 }, async () => {
    await checkFor(seconds, histories, async ({ strategy, limit, steps }) => {
      const scene = await setScene();
      try {
        await scene.db.query(
          "update public.settings set lease_ms = 120000, quick_approvals = 1000000, max_open_approvals = 1000000, max_uncounted_losses = 1000000",
        );
        const workers = [
          { worker: await keyedWorker(scene, "keyed", limit, strategy), on: await scene.connect() },
          { worker: await keyedWorker(scene, "keyed", limit, strategy), on: await scene.connect() },
        ];
        const world = {
          ...{ strategy, limit, jobs: [], keys: new Map(), locked: new Set<string>() },
          ...{ paused: false, approverActive: true, floor: 0 },
        };
        const pair = {
          ...{ scene, workers, world },
          ...{ approver: await scene.signIn("approver"), admin: await scene.signIn("admin") },
        };
        await runSteps(pair, steps);
        await drain(pair);
        expect(await scene.db.query("select job_id from holdpoint.key_jobs where has_slot")).toEqual([]);
        await expectInvariants(scene.db);
      } finally {
        await scene.close();
      }
    });
  });
});
