import { randomUUID } from "node:crypto";
import pg from "pg";
import { sqlStateOf } from "@holdpoint/db";
import { freeDeadWorkers } from "@holdpoint/db/runtime";
import type { TestDatabase } from "@holdpoint/local/testing";
import { at } from "../support/at.ts";
import { signInAs } from "../support/person.ts";
import type { Person } from "../support/person.ts";
import { startWorker } from "../support/worker.ts";
import type { TestWorker } from "../support/worker.ts";

export const VENTURES = ["acme", "beta", "fleet"] as const;

/** Workers, people and connections of one run of the test. */
export interface Fleet {
  db: TestDatabase;
  workers: TestWorker[];
  people: Person[];
  connections: pg.Client[];
  /** Deadlocks and lock timeouts that the documented repeat had to cure. */
  contention: string[];
  close(): Promise<void>;
}

/** Three workers, two approvers and as many connections as calls may be under way. */
export async function startFleet(db: TestDatabase, connectionCount: number): Promise<Fleet> {
  await db.query(
    "select holdpoint.insert_venture(jsonb_build_object('key', k), 'system', 'test') from unnest(array['acme', 'beta']) k",
  );
  // acme runs into its concurrency, beta into its first starts.
  await db.query("update public.limits set max = 2 where key = 'acme' and kind = 'concurrency'");
  await db.query("update public.limits set max = 6 where key = 'beta' and kind = 'first_starts'");
  await db.query("update public.limits set max = 1000 where key = 'acme' and kind = 'first_starts'");
  // The shortest lease: the janitor waits two heartbeat windows after a start of the server.
  await db.query(
    "update public.settings set lease_ms = 10000, quick_approvals = 1000000, max_open_approvals = 1000000",
  );
  const connections = await Promise.all(
    Array.from({ length: connectionCount }, async () => {
      const client = new pg.Client({ connectionString: db.workerUrl });
      await client.connect();
      return client;
    }),
  );
  const workers: TestWorker[] = [];
  for (const name of ["one", "two", "three"]) workers.push(await startWorker(at(connections, 0), { name }));
  const people = [await signInAs(db, "approver"), await signInAs(db, "admin")];
  return {
    db,
    workers,
    people,
    connections,
    contention: [],
    close: async () => {
      await Promise.all([...connections.map((c) => c.end()), ...people.map((p) => p.close())]);
    },
  };
}

/** The next incarnation of a worker; `clean` leaves the dead one's leases to the caller. */
export async function replaceWorker(fleet: Fleet, index: number, db: pg.Client): Promise<void> {
  const old = at(fleet.workers, index);
  const next = await startWorker(db, { name: old.name, instance: old.instance });
  fleet.workers[index] = next;
  await freeDeadWorkers(db, next);
}

/** Repeats a call once after a deadlock or a lock timeout, as every caller of the functions does. */
export async function repeating<T>(fleet: Fleet, name: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const state = sqlStateOf(error);
    if (state !== "40P01" && state !== "55P03") throw error;
    fleet.contention.push(`${state} in ${name}`);
    return await call();
  }
}

export const requestId = randomUUID;
