/**
 * The machine against its model in TypeScript: random calls one after the other, each answer and all tables compared.
 * A failure prints its seed and path, and the shortest history that fails.
 */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { expectInvariants } from "../support/invariants.ts";
import { checkFor, modelSeconds } from "../support/model-settings.ts";
import { setScene } from "../support/scene.ts";
import { startWorker } from "../support/worker.ts";
import { runSteps } from "./run-steps.ts";
import { steps } from "./steps.ts";

const seconds = modelSeconds(25);

describe("the machine, call by call", () => {
  beforeAll(async () => {
    // The janitor waits two heartbeat windows after a start of the server.
    const scene = await setScene();
    const age = "select extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 as s";
    await vi.waitFor(async () => expect((await scene.db.query<{ s: number }>(age))[0]?.s).toBeGreaterThan(5), 20_000);
    await scene.close();
  });

  it("answers and does what the model says", { timeout: seconds * 1_000 + 120_000 }, async () => {
    await checkFor(seconds, steps, async (history) => {
      const scene = await setScene();
      try {
        await scene.db.query(
          "update public.settings set lease_ms = 60000, quick_approvals = 1000000, max_open_approvals = 1000000",
        );
        await scene.addVenture("beta", { concurrency: 3, firstStarts: 5 });
        await scene.db.query("update public.limits set max = 2 where key = 'acme' and kind = 'concurrency'");
        const limits = new Map([
          ["acme", { concurrency: 2, firstStarts: 1_000_000 }],
          ["beta", { concurrency: 3, firstStarts: 5 }],
          ["fleet", { concurrency: 3, firstStarts: null }],
        ]);
        const world = {
          jobs: [],
          limits,
          starts: new Map(),
          startsBlocked: new Set<string>(),
          stops: [],
          bulks: [],
          floor: 0,
        };
        const person = await scene.signIn("admin");
        await runSteps(
          { scene, person, workers: [scene.worker, await startWorker(scene.on)], world, lastClaim: null },
          history,
        );
        await expectInvariants(scene.db);
      } finally {
        await scene.close();
      }
    });
  });
});
