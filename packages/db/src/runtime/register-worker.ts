import type { FormField } from "@holdpoint/policy";
import type { Queryable } from "../pool.ts";
import { json, plainArray, scalar } from "./call.ts";
import type { Json } from "./call.ts";

/** One job type as a worker announces it (an entry of p_types). */
export interface TypeAnnouncement {
  name: string;
  version: number;
  payload_schema: unknown;
  size: string;
  queue?: string | null;
  estimate_microusd: number;
  ceiling_microusd: number;
  timeout_ms: number;
  lease_ms?: number | null;
  effect_kinds: string[];
  approval: boolean;
  /** Fields that an approver fills in. */
  form?: readonly FormField[];
  /** Outside services that its runs need. */
  providers?: readonly string[];
  /** Of jobs with the same concurrency key so many run at once; the key is computed at admission. */
  concurrency?: { limit: number; strategy: string } | null;
  code_hash: string;
  description: string;
}

export interface Registration {
  name: string;
  /** The lock file's identity: who takes the lock may free what earlier holders left. */
  instance: string;
  key: string;
  host: string;
  lanes: readonly string[];
  slots: number;
  version: string;
  schemaMin: number;
  schemaMax: number;
  isolation: string;
  types: readonly TypeAnnouncement[];
}

export interface Registered {
  worker_id: string;
  lease_ms: number;
  /** Enough workers work: it takes nothing until it is promoted (read_control tells). */
  standby: boolean;
  settings: { [key: string]: Json } & { stop_kill_ms: number; lease_ms: number };
  epoch: number;
}

/**
 * Announces this process and its job types, in one transaction. PT409 when a type's version is announced with
 * another schema or other effects, or when the database's schema is outside the range this process understands.
 */
export async function registerWorker(db: Queryable, worker: Registration): Promise<Registered> {
  return scalar<Registered>(
    db,
    "register_worker",
    "select holdpoint.register_worker($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as value",
    [
      worker.name,
      worker.instance,
      worker.key,
      worker.host,
      plainArray(worker.lanes),
      worker.slots,
      worker.version,
      worker.schemaMin,
      worker.schemaMax,
      worker.isolation,
      json(worker.types),
    ],
  );
}
