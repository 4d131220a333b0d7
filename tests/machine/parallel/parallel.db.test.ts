/**
 * Calls of workers and people truly at once, on connections of their own, against real PostgreSQL; after each round of
 * three to five calls every invariant of the machine. A failure prints its seed: HOLDPOINT_MODEL_SEED replays the same
 * calls (not the same interleaving). HOLDPOINT_MODEL_SECONDS runs longer.
 */
import { describe, expect, it } from "vitest";
import { createTestDatabase } from "@holdpoint/local/testing";
import { checkFor, modelSeconds } from "../support/model-settings.ts";
import { rounds } from "./commands.ts";
import { startFleet } from "./fleet.ts";
import { runRounds } from "./run-rounds.ts";
import type { Tally } from "./run-rounds.ts";

const seconds = modelSeconds(30);

describe("the machine under parallel calls", () => {
  it("keeps every invariant after every round", { timeout: seconds * 1_000 + 60_000 }, async () => {
    const tally: Tally = new Map();
    const contention: string[] = [];
    await checkFor(
      seconds,
      rounds(60),
      async (history) => {
        const db = await createTestDatabase({ poolSize: 6 });
        const fleet = await startFleet(db, 5);
        try {
          await runRounds(fleet, history, tally);
        } finally {
          contention.push(...fleet.contention);
          await fleet.close();
          await db.drop();
        }
      },
      // Interleavings do not shrink: the same calls at once may succeed.
      { endOnFailure: true },
    );
    console.log(Object.fromEntries([...tally].toSorted(([a], [b]) => a.localeCompare(b))));
    // One lock order everywhere: nothing deadlocks.
    expect(contention.filter((what) => what.startsWith("40P01"))).toEqual([]);
  });
});
