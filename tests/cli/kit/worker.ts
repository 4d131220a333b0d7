import { randomBytes, randomUUID } from "node:crypto";
import { canonicalPlan } from "@holdpoint/db";
import { DatabasePool } from "@holdpoint/db/runtime";
import {
  admitJobs,
  answerPreview,
  beginWait,
  claimJobs,
  endWorker,
  heartbeat,
  openPreviews,
  pickReady,
  pickSubmitted,
  registerWorker,
  settleRuns,
  stepBulk,
  writeLogs,
  type TypeAnnouncement,
  type WaitRequest,
} from "@holdpoint/db/runtime";
import { DEFAULT_APPROVAL } from "@holdpoint/policy";
import type { ApprovalRequirement } from "@holdpoint/policy";

const TYPE: Omit<TypeAnnouncement, "name"> = {
  version: 1,
  payload_schema: {
    type: "object",
    properties: { word: { type: "string", minLength: 1 }, times: { type: "integer", minimum: 1 } },
    additionalProperties: false,
  },
  size: "small",
  estimate_microusd: 0,
  ceiling_microusd: 0,
  timeout_ms: 60_000,
  effect_kinds: [],
  approval: false,
  code_hash: "test",
  description: "says a word",
};

/** The fleet's side, driven by hand over the real runtime functions: each test says what policy and handlers do. */
export interface HandWorker {
  admit(
    jobId: string,
    decision: "queued" | "held" | "refused",
    reason?: string,
    approval?: Partial<ApprovalRequirement>,
  ): Promise<void>;
  /** Claims the job and gives its token. */
  claim(jobId: string): Promise<string>;
  /** Asks what may park the run, as ctx would: its answer's state. */
  ask(jobId: string, token: string, wait: Pick<WaitRequest, "call" | "kind" | "name" | "request">): Promise<string>;
  /** Writes chunks of output, numbered from `first` (default 1). */
  log(jobId: string, token: string, text: string | readonly string[], first?: number): Promise<void>;
  settle(
    jobId: string,
    token: string,
    outcome: "succeeded" | "failed" | "canceled" | "stopped" | "parked",
    error?: string,
  ): Promise<string>;
  /** Is heard from, so that it counts as live. Only while it runs nothing. */
  beat(): Promise<void>;
  /** Waits for a preview and answers it. */
  answerNextPreview(answer: Record<string, unknown>): Promise<void>;
  /** Waits for a submitted job of this type and gives its id. */
  nextSubmitted(type: string): Promise<string>;
  /** Carries out operations on many jobs until none has its turn. */
  carryOut(): Promise<void>;
  leave(): Promise<void>;
}

export async function startHandWorker(
  workerUrl: string,
  types: readonly string[] = ["echo", "build_thing"],
): Promise<HandWorker> {
  const db = new DatabasePool({ url: workerUrl, max: 3, name: "test-worker" });
  const key = randomBytes(32).toString("hex");
  const registered = await registerWorker(db, {
    name: "hand-1",
    instance: randomUUID(),
    key,
    host: "test",
    lanes: ["build", "eval", "recovery"],
    slots: 4,
    version: "test",
    schemaMin: 1,
    schemaMax: 1000,
    isolation: "bubblewrap",
    types: types.map((name) => ({ ...TYPE, name })),
  });
  const caller = { id: registered.worker_id, key };

  async function submitted(jobId: string) {
    const found = (await pickSubmitted(db, caller, 1000)).find((row) => row.id === jobId);
    if (!found) throw new Error(`job ${jobId} is not submitted`);
    return found;
  }

  return {
    async admit(jobId, decision, reason = "the test says so", approval = {}) {
      const job = await submitted(jobId);
      const { body, hash } = canonicalPlan({
        type: job.type,
        type_version: job.type_version,
        venture: job.venture,
        payload: job.payload,
        refs: null,
        ceiling_microusd: 0,
        effect_kinds: [],
        secrets: [],
      });
      const held = decision === "held";
      await admitJobs(db, caller, 1, [
        {
          jobId,
          decision,
          rule: "test_rule",
          reason,
          tier: held ? "approval_required" : "small",
          needsApproval: held,
          approval: held ? { ...DEFAULT_APPROVAL, ...approval } : null,
          queue: job.urgent ? "priority" : "job",
          typeVersion: job.type_version,
          ceilingMicrousd: 0,
          planHash: hash,
          planBody: held ? body : null,
          facts: {},
          refs: null,
        },
      ]);
    },
    async carryOut() {
      while ((await stepBulk(db, caller, 20)) !== null);
    },
    async ask(jobId, token, wait) {
      const asked = { ...wait, until: null, withinMs: wait.kind === "approval" ? null : 3_600_000 };
      return (await beginWait(db, caller, { jobId, token }, asked)).state;
    },
    async claim(jobId) {
      const ready = await until(async () => {
        for (const queue of ["job", "priority"]) {
          const rows = await pickReady(db, caller, { queue, want: 100, cursor: "", out: [], look: true });
          const row = rows.find((one) => one.kind === "ready" && one.job_id === jobId);
          if (row) return row;
        }
        return null;
      });
      const [claimed] = await claimJobs(db, caller, randomUUID(), "build", [jobId], [ready.dispatch_no]);
      if (claimed?.verdict !== "claimed") throw new Error(`claim: ${claimed?.verdict}`);
      return claimed.token;
    },
    async log(jobId, token, text, first = 1) {
      const chunk = { jobId, token, stream: "stdout" } as const;
      await writeLogs(
        db,
        caller,
        [text].flat().map((part, index) => ({ ...chunk, chunkNo: first + index, text: part })),
      );
    },
    async settle(jobId, token, outcome, error) {
      const [settled] = await settleRuns(db, caller, [
        {
          jobId,
          token,
          outcome,
          errorClass: outcome === "failed" ? "bad_input" : null,
          errorMessage: error ?? null,
          costMicrousd: 0,
          retry: outcome === "parked" ? { ms: 0 } : null,
          logBytes: 0,
          logSha256: null,
          result: outcome === "succeeded" ? { said: "hello" } : null,
        },
      ]);
      return settled?.state ?? "";
    },
    async beat() {
      await heartbeat(db, caller, [], {});
    },
    async answerNextPreview(answer) {
      const preview = await until(async () => (await openPreviews(db, caller, 10))[0] ?? null);
      await answerPreview(db, caller, preview.id, answer);
    },
    async nextSubmitted(type) {
      const row = await until(
        async () => (await pickSubmitted(db, caller, 1000)).find((one) => one.type === type) ?? null,
      );
      return row.id;
    },
    async leave() {
      await endWorker(db, caller, "deploy");
      await db.end();
    },
  };
}

/** Looks until it finds something; at most 60 s. */
async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > deadline) throw new Error("waited 60 s for nothing");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
