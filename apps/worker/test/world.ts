import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { createTestDatabase } from "@holdpoint/local/testing";
import type { TestDatabase } from "@holdpoint/local/testing";
import { migrateBullmqSchema } from "@holdpoint/queues";

const MAIN = new URL("../src/main.ts", import.meta.url).pathname;
const HANDLERS = new URL("./handlers/", import.meta.url).pathname;

export interface WorldOptions {
  /** Milliseconds; default 10 s, the shortest. */
  leaseMs?: number;
  /** Use a Redis of its own as queue. */
  redis?: boolean;
  adminUrl?: string;
}

/** One installation of a test: a database, a data folder, workers as real processes, and a Redis where asked for. */
export class World {
  readonly db: TestDatabase;
  readonly dataDir: string;
  redis: RedisServer | null;
  readonly #workers: WorkerProcess[] = [];

  private constructor(db: TestDatabase, dataDir: string, redis: RedisServer | null) {
    this.db = db;
    this.dataDir = dataDir;
    this.redis = redis;
  }

  static async open(options: WorldOptions = {}): Promise<World> {
    const db = await createTestDatabase(options.adminUrl === undefined ? {} : { adminUrl: options.adminUrl });
    await migrateBullmqSchema(db.ownerUrl, "holdpoint_worker");
    await db.query("update public.settings set lease_ms = $1, stop_kill_ms = 1500", [options.leaseMs ?? 10_000]);
    await db.query("update public.retry_tiers set base_ms = 20, max_ms = 40 where backoff <> 'none'");
    await db.query("update public.limits set max = 1000");
    const redis = options.redis === true ? await RedisServer.start() : null;
    return new World(db, mkdtempSync(join(tmpdir(), "holdpoint-worker-")), redis);
  }

  /** Starts a worker process; resolves when it takes work. */
  async worker(options: WorkerOptions = {}): Promise<WorkerProcess> {
    const worker = this.spawn(options);
    await worker.ready;
    return worker;
  }

  /** The same without waiting. */
  spawn(options: WorkerOptions = {}): WorkerProcess {
    const worker = new WorkerProcess(this, options);
    this.#workers.push(worker);
    return worker;
  }

  async submit(
    type: string,
    payload: object = {},
    more: { urgent?: boolean; count?: number; venture?: string } = {},
  ): Promise<string[]> {
    const payloads = Array.from({ length: more.count ?? 1 }, () => JSON.stringify(payload));
    const rows = await this.db.query<{ id: string }>(
      "select id from holdpoint.insert_jobs('operator', 'test', $5, $1, $2::jsonb[], array_fill(null::text, array[$4::int]), array_fill(null::timestamptz, array[$4::int]), $3, null, null) order by ord",
      [type, payloads, more.urgent ?? false, payloads.length, more.venture ?? "fleet"],
    );
    return rows.map((row) => row.id);
  }

  async submitOne(type: string, payload: object = {}, more: { venture?: string } = {}): Promise<string> {
    const [id] = await this.submit(type, payload, more);
    if (id === undefined) throw new Error("nothing was submitted");
    return id;
  }

  async job(id: string): Promise<JobRow> {
    const [row] = await this.db.query<JobRow>("select * from public.jobs where id = $1", [id]);
    if (row === undefined) throw new Error(`no job ${id}`);
    return row;
  }

  runs(id: string): Promise<RunRow[]> {
    return this.db.query<RunRow>("select * from public.runs where job_id = $1 order by run_no", [id]);
  }

  /** Waits until the job is in one of the states; tells where it is when it takes too long. */
  async reaches(id: string, states: string[], limitMs = 15_000): Promise<JobRow> {
    let last: JobRow | null = null;
    await this.until(async () => {
      last = await this.job(id);
      return states.includes(last.state);
    }, limitMs).catch(async () => {
      const events = await this.db.query(
        "select seq, type, body from public.job_events where stream = $1 order by seq",
        [id],
      );
      throw new Error(
        `job is ${last?.state}, not ${states.join(" or ")}: ${JSON.stringify({ last, runs: await this.runs(id), events }, null, 1)}`,
      );
    });
    return this.job(id);
  }

  /** Looks every 20 ms until the answer is yes. */
  async until(done: () => Promise<boolean>, limitMs = 15_000): Promise<void> {
    const end = performance.now() + limitMs;
    while (!(await done())) {
      if (performance.now() > end) throw new Error(`not within ${limitMs} ms`);
      await sleep(20);
    }
  }

  stopEverything(): Promise<string> {
    return this.stop("everything");
  }

  async stop(scope: string, key = ""): Promise<string> {
    const [row] = await this.db.query<{ id: string }>(
      "select holdpoint.insert_stop($1::public.block_scope, $2, 'fleet', 'test', 'operator', 'test') as id",
      [scope, key],
    );
    if (row === undefined) throw new Error("no stop");
    await this.db.query("select holdpoint.finish_stop($1, 'operator', 'test')", [row.id]);
    return row.id;
  }

  async liftStops(): Promise<void> {
    await this.db.query(
      "with d as (delete from public.blocks where kind = 'stop') select holdpoint.signal_control(), pg_notify('holdpoint_wake', 'ready')",
    );
  }

  async cancel(id: string): Promise<void> {
    await this.db.query(
      "with u as (update public.jobs set cancel_requested_at = clock_timestamp(), cancel_reason = 'test' where id = $1 and state = 'running') select holdpoint.signal_control()",
      [id],
    );
  }

  /** Every worker so far is gone at once. */
  async killAll(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.kill("SIGKILL")));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.kill("SIGKILL")));
    await this.redis?.stop();
    await this.db.drop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

export interface JobRow {
  id: string;
  state: string;
  run_no: number;
  retries_used: number;
  losses: number;
  deaths: number;
  reason: string | null;
  result: unknown;
  dispatch_no: number;
}

export interface RunRow {
  run_no: number;
  outcome: string | null;
  cause: string | null;
  error_class: string | null;
  error_message: string | null;
  worker_id: string;
  log_bytes: string;
  log_sha256: string | null;
  progress: unknown;
}

export interface WorkerOptions {
  name?: string;
  lanes?: string;
  slots?: number | string;
  env?: NodeJS.ProcessEnv;
  /** Node's own options, e.g. `--import=…`. */
  nodeOptions?: string[];
  databaseUrl?: string;
}

/** A worker as a process of its own, and what it logs. */
export class WorkerProcess {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly lines: string[] = [];

  constructor(world: World, options: WorkerOptions) {
    const url = options.databaseUrl ?? world.db.workerUrl;
    const args = [...(options.nodeOptions ?? []), MAIN];
    this.child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env["PATH"],
        DATABASE_URL: url,
        ...(world.redis === null ? {} : { REDIS_URL: world.redis.url }),
        HOLDPOINT_DATA_DIR: world.dataDir,
        HOLDPOINT_HANDLERS: HANDLERS,
        HOLDPOINT_LANES: options.lanes ?? "build,eval,recovery",
        HOLDPOINT_SLOTS: String(options.slots ?? 4),
        HOLDPOINT_WORKER_NAME: options.name ?? "one",
        HOLDPOINT_LOG_LEVEL: process.env["HOLDPOINT_LOG_LEVEL"] ?? "info",
        ...options.env,
      },
    });
    this.ended = new Promise((resolve) => this.child.once("exit", (code, signal) => resolve({ code, signal })));
    this.ready = new Promise((resolve, reject) => {
      const hear = (line: string): void => {
        this.lines.push(line);
        if (process.env["HOLDPOINT_TEST_VERBOSE"]) process.stderr.write(`${line}\n`);
        if (line.includes('"msg":"working"')) resolve();
      };
      if (this.child.stdout !== null) createInterface({ input: this.child.stdout }).on("line", hear);
      if (this.child.stderr !== null) createInterface({ input: this.child.stderr }).on("line", hear);
      void this.ended.then(({ code }) => reject(new Error(`the worker ended with ${code}:\n${this.lines.join("\n")}`)));
    });
    // A test that never waits for readiness looks at `ended`.
    this.ready.catch(() => undefined);
  }

  async kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null; ms: number }> {
    const from = performance.now();
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    const end = await this.ended;
    return { ...end, ms: performance.now() - from };
  }

  log(text: string): string[] {
    return this.lines.filter((line) => line.includes(text));
  }
}

/** A redis-server of its own on a free port, without persistence. */
export class RedisServer {
  readonly url: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}`;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", () => resolve()));
  }

  static async start(port?: number, policy = "noeviction"): Promise<RedisServer> {
    const on = port ?? (await freePort());
    const args = [
      "--port",
      String(on),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--dir",
      tmpdir(),
      "--maxmemory-policy",
      policy,
    ];
    const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error("redis-server ended")));
      if (child.stdout !== null) {
        createInterface({ input: child.stdout }).on("line", (line) => line.includes("Ready to accept") && resolve());
      }
    });
    return new RedisServer(on, child);
  }

  async stop(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
