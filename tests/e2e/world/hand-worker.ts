import { randomBytes, randomUUID } from "node:crypto";
import { canonicalPlan } from "@holdpoint/db";
import {
  admitJobs,
  beginWait,
  claimJobs,
  DatabasePool,
  endWorker,
  heartbeat,
  pickSubmitted,
  registerWorker,
  saveEvidence,
  saveArtifact,
  saveSteps,
  settleRuns,
  writeLogs,
  type Caller,
  type ClaimedRow,
  type Settlement,
  type TypeAnnouncement,
  type WaitRequest,
} from "@holdpoint/db/runtime";
import { DEFAULT_APPROVAL } from "@holdpoint/policy";

const TYPES: readonly TypeAnnouncement[] = [
  announce("build", "medium", true, "Runs the venture's build command in the sandbox."),
  announce("health_scan", "small", false, "Looks at each URL of a venture."),
  { ...announce("mail", "small", true, "Sends the newsletter."), effect_kinds: ["contact"] },
];

function announce(name: string, size: string, approval: boolean, description: string): TypeAnnouncement {
  return {
    name,
    version: 1,
    payload_schema: { type: "object" },
    size,
    estimate_microusd: 0,
    ceiling_microusd: 0,
    timeout_ms: 300_000,
    effect_kinds: [],
    approval,
    code_hash: "e2e",
    description,
  };
}

export interface Run {
  jobId: string;
  token: string;
  runNo: number;
}

/** A worker process worked by hand: every call is the real runtime function, made when a test says so. */
export class HandWorker {
  readonly #db: DatabasePool;
  #caller: Caller;
  readonly name: string;
  #running = new Map<string, Run>();

  private constructor(db: DatabasePool, caller: Caller, name: string) {
    this.#db = db;
    this.#caller = caller;
    this.name = name;
  }

  static async register(workerUrl: string, name = "w-1", lanes = ["build", "eval", "recovery"]): Promise<HandWorker> {
    const db = new DatabasePool({ url: workerUrl, max: 2, name: "e2e worker" });
    const key = randomBytes(16).toString("hex");
    const { worker_id } = await registerWorker(db, {
      name,
      instance: randomUUID(),
      key,
      host: "e2e",
      lanes,
      slots: 4,
      version: "0.1.0",
      schemaMin: 1,
      schemaMax: 1,
      isolation: "bubblewrap",
      types: TYPES,
    });
    const worker = new HandWorker(db, { id: worker_id, key }, name);
    await worker.beat();
    return worker;
  }

  /** One heartbeat that names the open runs, with lanes that go round. */
  async beat(progress: unknown = null): Promise<void> {
    const lane = { slots: 4, busy: this.#running.size, waiting: 0, turned_ago_ms: 10, hint_ago_ms: 200 };
    const listed = [...this.#running.values()].map((run) => ({ ...run, progress }));
    const lanes = { build: lane, eval: { ...lane, busy: 0 }, recovery: { ...lane, busy: 0 } };
    await heartbeat(this.#db, this.#caller, listed, { event_loop_delay_ms: 2, lanes });
  }

  /** Admits everything submitted: what needs an approval is held, the rest queued. */
  async admit(refs: unknown = null): Promise<void> {
    const rows = await pickSubmitted(this.#db, this.#caller, 500);
    const items = rows.map((row) => {
      const type = TYPES.find((one) => one.name === row.type);
      const effects = type?.effect_kinds ?? [];
      const plan = canonicalPlan({
        type: row.type,
        type_version: row.type_version,
        venture: row.venture,
        payload: row.payload,
        refs,
        ceiling_microusd: 0,
        effect_kinds: effects,
        secrets: [],
      });
      const held = type?.approval ?? false;
      return {
        jobId: row.id,
        decision: held ? ("held" as const) : ("queued" as const),
        rule: held ? "type_approval" : "default",
        reason: held ? `The type ${row.type} needs an approval.` : "Nothing speaks against it.",
        tier: held ? "approval_required" : (type?.size ?? "small"),
        needsApproval: held,
        approval: held ? DEFAULT_APPROVAL : null,
        queue: "job",
        typeVersion: row.type_version,
        ceilingMicrousd: 0,
        planHash: plan.hash,
        planBody: plan.body,
        facts: { isolation: "bubblewrap" },
        refs,
      };
    });
    if (items.length > 0) await admitJobs(this.#db, this.#caller, 1, items);
  }

  /** Claims queued jobs, by id and dispatch number. */
  async claim(jobs: readonly { id: string; dispatchNo: number }[]): Promise<ClaimedRow[]> {
    const ids = jobs.map((job) => job.id);
    const nos = jobs.map((job) => job.dispatchNo);
    const rows = await claimJobs(this.#db, this.#caller, randomUUID(), "build", ids, nos);
    for (const row of rows) {
      if (row.verdict === "claimed")
        this.#running.set(row.job_id, { jobId: row.job_id, token: row.token, runNo: row.run_no });
    }
    return rows;
  }

  async write(jobId: string, chunkNo: number, text: string): Promise<void> {
    await writeLogs(this.#db, this.#caller, [{ jobId, token: this.#token(jobId), chunkNo, stream: "stdout", text }]);
  }

  async keep(jobId: string, name: string): Promise<void> {
    await saveArtifact(this.#db, this.#caller, {
      jobId,
      token: this.#token(jobId),
      name,
      mediaType: "application/x-tar",
      bytes: 48_213_504,
      sha256: "9f3c".padEnd(64, "a1"),
      path: `${jobId}/${name}`,
      facts: { commit: "4be1c09d2f7a4be1c09d2f7a4be1c09d2f7a4be1" },
    });
  }

  /** Keeps the result of a step. */
  async step(jobId: string, name: string, result: unknown): Promise<void> {
    await saveSteps(this.#db, this.#caller, jobId, this.#token(jobId), [{ name, result, startedAt: new Date() }]);
  }

  /** Asks as ctx.waitFor, ctx.sleep and ctx.approval do; without an answer the run parks. Returns what the call was told. */
  async wait(jobId: string, ask: Pick<WaitRequest, "kind" | "name" | "request">): Promise<string> {
    const call: WaitRequest = { ...ask, call: `${ask.kind}:${ask.name}#1`, until: null, withinMs: 3_600_000 };
    const answer = await beginWait(this.#db, this.#caller, { jobId, token: this.#token(jobId) }, call);
    if (answer.state === "park") await this.settle(jobId, { outcome: "parked", result: null });
    return answer.state;
  }

  async observe(venture: string, items: Parameters<typeof saveEvidence>[4]): Promise<void> {
    await saveEvidence(this.#db, this.#caller, null, venture, items);
  }

  async settle(jobId: string, change: Partial<Settlement> = {}): Promise<void> {
    const plain: Settlement = {
      jobId,
      token: this.#token(jobId),
      outcome: "succeeded",
      errorClass: null,
      errorMessage: null,
      costMicrousd: 0,
      retry: null,
      logBytes: 2_048,
      logSha256: "c07b".padEnd(64, "0"),
      result: { ok: true },
    };
    await settleRuns(this.#db, this.#caller, [{ ...plain, ...change }]);
    this.#running.delete(jobId);
  }

  /** Ends whatever earlier tests left running. */
  async settleAll(): Promise<void> {
    for (const id of this.#running.keys()) await this.settle(id);
  }

  /** Leaves in order. */
  async leave(): Promise<void> {
    await endWorker(this.#db, this.#caller, "test over");
    await this.#db.end();
  }

  #token(jobId: string): string {
    const run = this.#running.get(jobId);
    if (!run) throw new Error(`${jobId} is not running on ${this.name}`);
    return run.token;
  }
}
