import { performance } from "node:perf_hooks";
import { z } from "zod";
import { readFleet } from "@holdpoint/db/runtime";
import type { FleetRow } from "@holdpoint/db/runtime";
import { LANES } from "@holdpoint/policy";
import type { Lane } from "@holdpoint/policy";
import type { Access } from "../../runtime/databases.ts";
import type { RunTimes } from "../../runtime/run-times.ts";
import { FAST_MS } from "./bundle.ts";

const REFRESH_MS = 1_000;

const reported = z.looseObject({
  lanes: z.record(z.string(), z.looseObject({ slots: z.int().min(0) })).default({}),
  medians_ms: z.record(z.string(), z.number()).default({}),
});

interface LaneView {
  slots: number;
  workers: number;
}

/** The live fleet as dispatch sees it: slots per lane, and which types run fast. At most a second old. */
export class FleetView {
  readonly #access: Access;
  readonly #own: RunTimes;
  #lanes: Record<Lane, LaneView> = emptyLanes();
  #medians = new Map<string, number>();
  #ownMedians: { [type: string]: number } = {};
  #readAt = -Infinity;

  constructor(access: Access, own: RunTimes) {
    this.#access = access;
    this.#own = own;
  }

  async refresh(): Promise<void> {
    const now = performance.now();
    if (now - this.#readAt < REFRESH_MS) return;
    const rows = await readFleet(this.#access.databases.dispatch, this.#access.caller);
    this.#readAt = now;
    this.#lanes = emptyLanes();
    this.#medians = new Map();
    for (const row of rows) this.#count(row);
  }

  lane(lane: Lane): LaneView {
    return this.#lanes[lane];
  }

  /** Whether the type's recent median run is short: by this process's own runs, else by what workers say. Unknown: no. */
  fast(type: string): boolean {
    const own = this.#ownMedians[type];
    return (own ?? this.#medians.get(type) ?? Infinity) < FAST_MS;
  }

  /** Takes this process's own run times into account as they are now. */
  lookAtOwnTimes(): void {
    this.#ownMedians = this.#own.medians();
  }

  #count(row: FleetRow): void {
    const said = reported.safeParse(row.progress);
    for (const name of LANES) {
      if (!row.lanes.includes(name)) continue;
      const lane = this.#lanes[name];
      lane.workers += 1;
      // Before its first heartbeat a worker is only known by the sum of its slots.
      lane.slots += said.data?.lanes[name]?.slots ?? Math.ceil(row.slots / row.lanes.length);
    }
    for (const [type, ms] of Object.entries(said.data?.medians_ms ?? {})) {
      this.#medians.set(type, Math.max(ms, this.#medians.get(type) ?? 0));
    }
  }
}

function emptyLanes(): Record<Lane, LaneView> {
  return { build: { slots: 0, workers: 0 }, eval: { slots: 0, workers: 0 }, recovery: { slots: 0, workers: 0 } };
}
