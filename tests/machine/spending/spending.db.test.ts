/**
 * Paid work under caps, truly at once: six workers on connections of their own claim random batches in random orders,
 * settle at and above the ceiling, lose runs, while caps change, overrides end by the clock and days end by the zone.
 * Afterwards no reservation was past the caps in force at its moment, worked out from the ledger alone, and all sums
 * agree. A failure prints its seed: HOLDPOINT_MODEL_SEED replays the same calls (not the same interleaving).
 */
import { describe, expect, it } from "vitest";
import { sqlStateOf } from "@holdpoint/db";
import { tendBlocks } from "@holdpoint/db/runtime";
import { at } from "../support/at.ts";
import { expectInvariants } from "../support/invariants.ts";
import { checkFor, modelSeconds } from "../support/model-settings.ts";
import { setCap } from "../support/money.ts";
import { setScene } from "../support/scene.ts";
import { startWorker } from "../support/worker.ts";
import { CALLS } from "./calls.ts";
import type { Seat } from "./calls.ts";
import { keepCapsLog, PAST_A_CAP } from "./caps-log.ts";
import { scripts } from "./script.ts";
import type { Command } from "./script.ts";

const DOLLAR = 1_000_000;
const CONNECTIONS = 6;
const seconds = modelSeconds(10);

/** What the calls came to: a test that never met a full cap has tested nothing. */
const tally = new Map<string, number>();
const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

/** Once more after a deadlock or a lock timeout, as every caller does. */
async function call(seat: Seat, command: Command): Promise<void> {
  const run = () => CALLS[command.kind](seat, command);
  const answer = await run().catch((error: unknown) => {
    const state = sqlStateOf(error);
    if (state !== "40P01" && state !== "55P03") throw error;
    count(state);
    return run();
  });
  for (const row of Array.isArray(answer) ? answer : []) {
    if ("verdict" in row) count(`${command.kind}: ${row.verdict}`);
  }
}

async function play(history: Command[][]): Promise<void> {
  const scene = await setScene();
  try {
    await scene.addVenture("beta");
    await setCap(scene.db, { venture: "acme", day: 9 * DOLLAR });
    await setCap(scene.db, { venture: "beta", day: 7 * DOLLAR });
    await setCap(scene.db, { day: 14 * DOLLAR });
    await setCap(scene.db, { week: 40 * DOLLAR });
    await keepCapsLog(scene.db);
    for (const [venture, ceiling] of [
      ["acme", 1],
      ["acme", 3],
      ["beta", 2],
      ["beta", 4],
    ] as const) {
      await scene.admitted(12, { type: "paid", ceiling: ceiling * DOLLAR, venture });
    }
    const seats: Seat[] = [];
    for (let i = 0; i < CONNECTIONS; i++) {
      const on = await scene.connect();
      seats.push({ db: scene.db, on, worker: await startWorker(on) });
    }
    // More than three workers: the others would be standby.
    await scene.db.query("update public.workers set standby = false");
    await Promise.all(
      history.map(async (script, i) => {
        for (const command of script) await call(at(seats, i), command);
      }),
    );
    // An override that runs out between the janitor's look and the check would leave a block that nothing asks for.
    await expect
      .poll(() => scene.db.query("select 1 from public.caps where override_until > clock_timestamp()"))
      .toEqual([]);
    await scene.db.query("update public.blocks set wake_at = clock_timestamp() where kind = 'cap'");
    await tendBlocks(scene.on, scene.worker);
    expect(await scene.db.query(PAST_A_CAP)).toEqual([]);
    await expectInvariants(scene.db);
  } finally {
    await scene.close();
  }
}

describe("spending under caps", () => {
  it("never passes a cap, and the ledger always sums to zero", { timeout: seconds * 1_000 + 60_000 }, async () => {
    await checkFor(seconds, scripts(CONNECTIONS, 14), play, { endOnFailure: true });
    console.log(Object.fromEntries([...tally].toSorted(([a], [b]) => a.localeCompare(b))));
    expect(tally.get("40P01") ?? 0).toBe(0);
    expect(tally.get("claim: claimed")).toBeGreaterThan(0);
    expect(tally.get("claim: cap")).toBeGreaterThan(0);
  });
});
