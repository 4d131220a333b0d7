import type { Queryable } from "../pool.ts";
import { rows } from "./call.ts";
import type { Caller, Row } from "./call.ts";

export interface FleetRow extends Row {
  id: string;
  lanes: string[];
  slots: number;
  /** As its last heartbeat stored it. */
  progress: unknown;
}

/** Workers that take work and were heard from lately: what dispatch measures its window by. */
export function readFleet(db: Queryable, caller: Caller): Promise<FleetRow[]> {
  return rows(db, "read_fleet", "select id, lanes, slots, progress from holdpoint.read_fleet($1, $2)", [
    caller.id,
    caller.key,
  ]);
}
