import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { isConnectionLoss, isContention, toHoldpointError } from "@holdpoint/db";
import { freeDeadWorkers, registerWorker } from "@holdpoint/db/runtime";
import type { Caller, Queryable, Registered, TypeAnnouncement } from "@holdpoint/db/runtime";
import type { LaneSlots } from "../flags.ts";
import type { Log } from "../log.ts";
import { SCHEMA_RANGE, WORKER_VERSION } from "../version.ts";

export interface Identity {
  name: string;
  instance: string;
  lanes: LaneSlots;
  isolation: string;
  types: readonly TypeAnnouncement[];
}

const SAY_EVERY_MS = 10_000;

/**
 * Registers this process under a fresh random key and frees what dead processes of its instance left. Waits for a
 * database that is away, until `signal` fires; throws what waiting cannot mend (schema, types, rights).
 */
export async function register(
  db: Queryable,
  identity: Identity,
  signal: AbortSignal,
  log: Log,
): Promise<{ caller: Caller; registered: Registered }> {
  const key = randomBytes(32).toString("hex");
  const registered = await patiently(signal, log, () =>
    registerWorker(db, {
      name: identity.name,
      instance: identity.instance,
      key,
      host: hostname(),
      lanes: Object.keys(identity.lanes),
      slots: Object.values(identity.lanes).reduce((sum, slots) => sum + slots, 0),
      version: WORKER_VERSION,
      schemaMin: SCHEMA_RANGE.min,
      schemaMax: SCHEMA_RANGE.max,
      isolation: identity.isolation,
      types: identity.types,
    }),
  );
  const caller = { id: registered.worker_id, key };
  const freed = await patiently(signal, log, () => freeDeadWorkers(db, caller));
  if (freed > 0) log.info({ freed }, "freed the leases of a dead process of this worker");
  return { caller, registered };
}

async function patiently<T>(signal: AbortSignal, log: Log, call: () => Promise<T>): Promise<T> {
  let saidAt = -Infinity;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(isConnectionLoss(error) || isContention(error)) || signal.aborted) throw toHoldpointError(error);
      if (performance.now() - saidAt > SAY_EVERY_MS) {
        saidAt = performance.now();
        log.warn({ error }, "the database cannot be reached; waiting for it");
      }
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }
}
