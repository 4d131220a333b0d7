import type { Context } from "../core/context.ts";
import type { FleetWorker } from "../core/fleet.ts";
import { clean } from "./clean.ts";
import { table } from "./table.ts";
import { relative } from "./time.ts";

/** The label, and what people did to the worker. */
export function workerState(worker: Pick<FleetWorker, "label" | "standby" | "draining" | "killed_at">): string {
  const more = worker.killed_at !== null ? "KILLED" : worker.draining ? "DRAINING" : worker.standby ? "STANDBY" : null;
  return more === null ? worker.label : `${worker.label} (${more})`;
}

/** The worker processes that have not ended. */
export function workersTable(workers: readonly FleetWorker[], { clock }: Context): string {
  if (workers.length === 0) return "No worker is registered: nothing runs. Start one: pnpm --filter worker start";
  const rows = workers.map((one) => [
    clean(one.name),
    workerState(one),
    one.lanes.join(","),
    String(one.slots),
    relative(one.heartbeat_at, clock),
    one.isolation,
  ]);
  return table(["WORKER", "LABEL", "LANES", "SLOTS", "HEARD", "ISOLATION"], rows, [3]);
}
