import { randomUUID } from "node:crypto";
import pg from "pg";
import { claimJobs, settleRuns, submitJobs } from "@holdpoint/db/runtime";
import type { ClaimedRow, SettledRow, Settlement } from "@holdpoint/db/runtime";
import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { admit } from "./admission.ts";
import { at } from "./at.ts";
import { signInAs } from "./person.ts";
import type { Person } from "./person.ts";
import type { TypeName } from "./types.ts";
import { startWorker } from "./worker.ts";
import type { TestWorker } from "./worker.ts";

export interface ReadyJob {
  id: string;
  dispatchNo: number;
}
export interface Lease {
  jobId: string;
  token: string;
}
interface JobFacts {
  venture?: string;
  type?: TypeName;
  decision?: "queued" | "held" | "refused";
  ceiling?: number;
}

/** One database with a venture `acme` without limits, a connection as worker, and a worker process. */
export interface Scene {
  db: TestDatabase;
  on: pg.Client;
  worker: TestWorker;
  /** Another connection as worker role; closed with the scene. */
  connect(): Promise<pg.Client>;
  /** An operator on a connection of its own; closed with the scene. */
  signIn(role: "viewer" | "approver" | "admin", venture?: string): Promise<Person>;
  /** Lets every open lease run out, and the janitor believe that the database has long been up. */
  leasesOver(): Promise<void>;
  addVenture(key: string, limits?: { concurrency?: number; firstStarts?: number }): Promise<void>;
  /** Submits jobs that nobody has admitted. */
  submitted(n: number, facts?: JobFacts): Promise<string[]>;
  /** Submits and admits: queued unless the facts say otherwise. */
  admitted(n: number, facts?: JobFacts): Promise<ReadyJob[]>;
  claim(jobs: readonly ReadyJob[], by?: TestWorker, request?: string): Promise<ClaimedRow[]>;
  /** Submits, admits and claims. */
  running(n: number, facts?: JobFacts, by?: TestWorker): Promise<Lease[]>;
  settle(items: readonly (Lease & Partial<Settlement>)[], by?: TestWorker): Promise<SettledRow[]>;
  state(job: string): Promise<string>;
  /** Types of a job's events, in order. */
  events(stream: string): Promise<string[]>;
  close(): Promise<void>;
}

export function settlement(item: Lease & Partial<Settlement>): Settlement {
  return {
    outcome: "succeeded",
    errorClass: null,
    errorMessage: null,
    costMicrousd: 0,
    retry: null,
    logBytes: 0,
    logSha256: null,
    result: null,
    ...item,
  };
}

const LEASES_OVER = `
  update public.runs set lease_until = clock_timestamp() - interval '1 second' where ended_at is null;
  update holdpoint.janitor set database_up_since = clock_timestamp() - interval '1 hour', janitor_seen_at = clock_timestamp()`;

/** Builds a scene; close it in afterAll. */
export async function setScene(options: { database?: TestDatabase } = {}): Promise<Scene> {
  const db = options.database ?? (await createTestDatabase());
  // The shortest lease: the janitor waits two heartbeat windows after a start of the server.
  await db.query("update public.settings set lease_ms = 10000");
  const open: pg.Client[] = [];
  const people: Person[] = [];
  const connect = async () => {
    const client = new pg.Client({ connectionString: db.workerUrl });
    await client.connect();
    open.push(client);
    return client;
  };
  const on = await connect();
  const worker = await startWorker(on);
  const addVenture: Scene["addVenture"] = async (key, limits = {}) => {
    await db.query("select holdpoint.insert_venture(jsonb_build_object('key', $1::text), 'system', 'test')", [key]);
    const set = "update public.limits set max = $3 where key = $1 and kind = $2::public.limit_kind";
    await db.query(set, [key, "concurrency", limits.concurrency ?? 1_000_000]);
    await db.query(set, [key, "first_starts", limits.firstStarts ?? 1_000_000]);
  };
  await addVenture("acme");
  const submitted: Scene["submitted"] = (n, { venture = "acme", type = "plain" } = {}) =>
    submitJobs(on, worker, { venture, type, payloads: Array.from({ length: n }, () => ({})) });
  const admitted: Scene["admitted"] = async (n, facts = {}) => {
    const { venture = "acme", type = "plain", decision = "queued", ceiling } = facts;
    const ids = await submitted(n, facts);
    await admit(
      on,
      worker,
      ids.map((id) => ({ id, venture, type, ...(ceiling !== undefined && { ceiling }) })),
      decision,
    );
    return ids.map((id) => ({ id, dispatchNo: 1 }));
  };
  const claim: Scene["claim"] = (jobs, by = worker, request = randomUUID()) =>
    claimJobs(
      on,
      by,
      request,
      "build",
      jobs.map((job) => job.id),
      jobs.map((job) => job.dispatchNo),
    );
  return {
    db,
    on,
    worker,
    connect,
    signIn: async (role, venture) => {
      const person = await signInAs(db, role, venture);
      people.push(person);
      return person;
    },
    leasesOver: async () => {
      await db.query(LEASES_OVER);
    },
    addVenture,
    submitted,
    admitted,
    claim,
    running: async (n, facts, by) => {
      const rows = await claim(await admitted(n, facts), by);
      return rows.map((row) => ({ jobId: row.job_id, token: row.token }));
    },
    settle: (items, by = worker) => settleRuns(on, by, items.map(settlement)),
    state: async (job) =>
      at(await db.query<{ state: string }>("select state::text as state from public.jobs where id = $1", [job]), 0)
        .state,
    events: async (stream) =>
      (
        await db.query<{ type: string }>(
          "select type from public.job_events where stream = $1 union all select type from public.venture_events where stream = $1",
          [stream],
        )
      ).map((row) => row.type),
    close: async () => {
      await Promise.all([...open.map((client) => client.end()), ...people.map((person) => person.close())]);
      await db.drop();
    },
  };
}
