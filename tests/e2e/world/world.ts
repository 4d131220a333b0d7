import { randomBytes } from "node:crypto";
import {
  createOperator,
  createStranger,
  createTestDatabase,
  signIn,
  startTestLite,
  startTestServer,
  type TestDatabase,
  type TestLite,
  type TestOperator,
  type TestServer,
} from "@holdpoint/local/testing";
import { submitJob, type JobRequest, type PeopleClient } from "@holdpoint/db/people";
import { HandWorker } from "./hand-worker.ts";
import { startWeb, type WebProcess } from "./web-process.ts";

export type Role = "viewer" | "approver" | "admin";

/** PostgreSQL, Lite, the dashboard and one worker worked by hand. Tests share it and make ventures of their own. */
export class World {
  readonly server: TestServer;
  readonly db: TestDatabase;
  readonly lite: TestLite;
  readonly web: WebProcess;
  readonly worker: HandWorker;

  private constructor(server: TestServer, db: TestDatabase, lite: TestLite, web: WebProcess, worker: HandWorker) {
    this.server = server;
    this.db = db;
    this.lite = lite;
    this.web = web;
    this.worker = worker;
  }

  static async start(): Promise<World> {
    quietLite();
    const server = await startTestServer();
    const db = await createTestDatabase({ adminUrl: server.adminUrl });
    const lite = await startTestLite(db);
    const web = await startWeb(World.env(db, lite));
    return new World(server, db, lite, web, await HandWorker.register(db.workerUrl));
  }

  /** What the dashboard's process is given. */
  static env(db: TestDatabase, lite: TestLite): Record<string, string> {
    return {
      NEXT_PUBLIC_SUPABASE_URL: lite.url,
      NEXT_PUBLIC_SUPABASE_ANON_KEY: lite.anonKey,
      HOLDPOINT_WEB_DATABASE_URL: db.webUrl,
    };
  }

  async close(): Promise<void> {
    await this.worker.leave();
    await this.web.stop();
    await this.lite.close();
    await this.db.drop();
    await this.server.close();
  }

  async venture(facts: { name?: string; key?: string; url?: string; repository?: string } = {}): Promise<string> {
    const key = facts.key ?? `v-${randomBytes(4).toString("hex")}`;
    const request = { key, name: facts.name ?? `Venture ${key}`, url: facts.url, repository: facts.repository };
    await this.db.query("select holdpoint.insert_venture($1, 'system', 'e2e')", [JSON.stringify(request)]);
    return key;
  }

  operator(role: Role, venture = "fleet", email?: string): Promise<TestOperator> {
    return createOperator(this.db, { role, venture, email });
  }

  stranger(): Promise<TestOperator> {
    return createStranger(this.db);
  }

  client(operator: TestOperator): Promise<PeopleClient> {
    return signIn(this.lite, operator);
  }

  /** Submits as that person and lets admission decide: builds are held, scans queued. */
  async submit(client: PeopleClient, request: JobRequest, refs: unknown = null): Promise<string> {
    const { id } = await submitJob(client, request);
    await this.worker.admit(refs);
    return id;
  }

  /** Claims a queued job on the worker, now. */
  async run(id: string): Promise<void> {
    await this.db.query("update public.jobs set run_at = least(run_at, now()) where id = $1", [id]);
    const [job] = await this.db.query<{ dispatch_no: number }>("select dispatch_no from public.jobs where id = $1", [
      id,
    ]);
    if (!job) throw new Error(`no job ${id}`);
    const [row] = await this.worker.claim([{ id, dispatchNo: job.dispatch_no }]);
    if (row?.verdict !== "claimed") throw new Error(`not claimed: ${row?.verdict}`);
  }

  async state(id: string): Promise<string | undefined> {
    const [row] = await this.db.query<{ state: string }>("select state from public.jobs where id = $1", [id]);
    return row?.state;
  }
}

/** Lite prints each SQL error with its stack, also those that a test asks for. */
function quietLite(): void {
  const print = console.error;
  console.error = (...what: unknown[]) => {
    const [first] = what;
    if (first instanceof Error ? first.name === "PostgresError" : String(first).startsWith("PostgresError")) return;
    print(...what);
  };
}
