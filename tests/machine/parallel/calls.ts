import { randomBytes, randomUUID } from "node:crypto";
import type { Client } from "pg";
import { toHoldpointError } from "@holdpoint/db";
import {
  claimJobs,
  endWorker,
  expireJobs,
  heartbeat,
  pickReady,
  pickSubmitted,
  reap,
  saveSteps,
  settleRuns,
  stepBulk,
  submitJobs,
  tendBlocks,
  admitJobs,
} from "@holdpoint/db/runtime";
import type { Settlement } from "@holdpoint/db/runtime";
import type { JobState } from "@holdpoint/policy";
import { at } from "../support/at.ts";
import { admission } from "../support/admission.ts";
import { TYPE_NAMES } from "../support/types.ts";
import type { TypeName } from "../support/types.ts";
import type { Command, Kind } from "./commands.ts";
import { replaceWorker, requestId, VENTURES } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { askAndPark } from "./waits.ts";

/** A job as it stood when the round began. */
export interface KnownJob extends Record<string, unknown> {
  id: string;
  state: JobState;
  dispatch_no: number;
  token: string | null;
  plan: string | null;
  held_for: string | null;
  worker_id: string | null;
  undoable: boolean;
  /** A run of it asks a person. */
  asks: boolean;
  told: number;
}

export interface Context {
  fleet: Fleet;
  /** This call's own connection. */
  on: Client;
  known: KnownJob[];
  stops: string[];
  policyVersion: number;
}

type Call = (context: Context, command: Command) => Promise<unknown>;

/** k of the list, starting anywhere, wrapping. */
function some<T>(list: readonly T[], { n, k }: Command): T[] {
  return list.length === 0 ? [] : Array.from({ length: Math.min(k, list.length) }, (_, i) => at(list, n + i));
}
const one = <T>(list: readonly T[], command: Command): T | undefined => some(list, { ...command, k: 1 })[0];
const workerOf = ({ fleet }: Context, { n }: Command) => at(fleet.workers, n);
const personOf = ({ fleet }: Context, { n }: Command) => at(fleet.people, n);

const OUTCOMES: readonly Partial<Settlement>[] = [
  { outcome: "succeeded", result: { ok: true } },
  { outcome: "succeeded" },
  { outcome: "failed", errorClass: "transient", errorMessage: "try again" },
  { outcome: "failed", errorClass: "bug", errorMessage: "a bug" },
  { outcome: "failed", errorClass: "bad_input", errorMessage: "bad" },
  { outcome: "failed", errorClass: "unsafe", errorMessage: "unsafe" },
  { outcome: "failed", errorClass: "timeout", errorMessage: "later", retry: { ms: 5 } },
  { outcome: "stopped" },
  { outcome: "canceled" },
  { outcome: "parked", retry: { ms: 5 } },
];

const settlement = (jobId: string, token: string, n: number): Settlement => ({
  jobId,
  token,
  outcome: "succeeded",
  errorClass: null,
  errorMessage: null,
  costMicrousd: 0,
  retry: null,
  logBytes: 0,
  logSha256: null,
  result: null,
  ...OUTCOMES[n % OUTCOMES.length],
});

/** Runs of this worker, or of anybody: a late worker settles what is no longer its own. */
function leases({ known }: Context, worker: { id: string }, command: Command) {
  const open = known.filter((job) => job.token !== null && (job.worker_id === worker.id || command.n % 17 === 0));
  return some(open, command).map((job) => ({ jobId: job.id, token: job.token ?? "0" }));
}

const claimPicked: Call = async (context, command) => {
  const worker = workerOf(context, command);
  const picked = await pickReady(context.on, worker, {
    queue: command.flag ? "job" : "priority",
    want: command.k,
    cursor: "",
    out: [],
    look: true,
  });
  const ready = picked.filter((row) => row.kind === "ready");
  const ids = ready.map((row) => row.job_id);
  const nos = ready.map((row) => row.dispatch_no);
  return claimJobs(context.on, worker, requestId(), "build", ids, nos);
};

const claimKnown: Call = async (context, command) => {
  const jobs = some(
    context.known.filter((job) => job.state === "queued" || command.n % 7 === 0),
    command,
  );
  const ids = jobs.map((job) => job.id);
  const nos = jobs.map((job) => job.dispatch_no);
  const ask = () => claimJobs(context.on, workerOf(context, command), request, "build", ids, nos);
  const request = requestId();
  const first = await ask();
  // The answer was lost, and the same request comes again.
  return command.kind === "claimTwice" ? [first, await ask()] : first;
};

const submit: Call = (context, command) => {
  const type = at(TYPE_NAMES, command.n);
  const venture = at(VENTURES, Math.floor(command.n / 3));
  const keys =
    command.kind === "submitKeyed"
      ? Array.from({ length: command.k }, (_, i) => `key-${(command.n + i) % 9}`)
      : undefined;
  const payloads = Array.from({ length: command.k }, () => ({}));
  if (command.flag && keys === undefined) {
    const urgent = command.n % 2 === 0;
    const decision = { rule: "default", reason: "trusted", tier: "small", queue: urgent ? "priority" : "job" };
    const items = payloads.map((_, i) => ((command.n + i) % 3 === 0 ? null : { decision, planHash: randomBytes(32) }));
    const admitted = command.n % 5 < 3 ? { admitted: { policyVersion: 1, typeVersion: 1, items } } : {};
    return submitJobs(context.on, workerOf(context, command), { venture, type, payloads, urgent, ...admitted });
  }
  return personOf(context, command).call("submit_job", { venture, type, payload: {}, ...(keys && { key: keys[0] }) });
};

const admit: Call = async (context, command) => {
  const worker = workerOf(context, command);
  const waiting = await pickSubmitted(context.on, worker, command.k);
  const decisions = ["queued", "held", "queued", "held", "queued", "refused"] as const;
  const items = waiting.map((job, i) =>
    admission(
      { id: job.id, type: job.type as TypeName, venture: job.venture },
      at(decisions, command.n + i),
      job.urgent ? "priority" : "job",
    ),
  );
  return admitJobs(context.on, worker, context.policyVersion, items);
};

const decide: Call = async (context, command) => {
  const waiting = context.known.filter(
    (job) => job.asks || ["held", "dead", "quarantined"].includes(job.state) || command.n % 13 === 0,
  );
  const job = one(waiting, command);
  if (job === undefined) return null;
  const yes = command.k > 2;
  const approval = job.asks || (job.state === "held" && job.held_for === "approval");
  const verb = approval ? (yes ? "approve" : "reject") : yes ? "release" : "discard";
  return personOf(context, command).call("decide", job.id, verb, job.plan, "decided by the test");
};

const undo: Call = async (context, command) => {
  const job = one(
    context.known.filter((known) => known.undoable),
    command,
  );
  return job && personOf(context, command).call("decide", job.id, "undo", null, null);
};

const bulkStart: Call = async (context, command) => {
  const person = personOf(context, command);
  const filter = command.flag ? {} : { venture: "acme" };
  const { as_of } = await person.call<{ as_of: string }>("preview_bulk", { filter });
  const verb = command.k > 3 ? "release" : "discard";
  const request = { id: randomUUID(), verb, reason: "decided by the test", filter, as_of, per_minute: 60_000 };
  const id = (await person.call<{ id: string }>("start_bulk", request)).id;
  return command.n % 5 === 0 ? person.call("stop_bulk", id) : id;
};

const failedOne = (context: Context, command: Command) =>
  one(
    context.known.filter((job) => ["dead", "quarantined"].includes(job.state) || command.n % 13 === 0),
    command,
  );

const resubmit: Call = async (context, command) => {
  const job = failedOne(context, command);
  const request = { payload: { edited: command.n }, reason: "edited by the test" };
  return job && personOf(context, command).call("resubmit_job", job.id, request);
};

const replay: Call = async (context, command) => {
  const job = one(context.known, command);
  return job && personOf(context, command).call("replay_job", job.id, { dry_run: command.flag });
};

const cancel: Call = async (context, command) => {
  const job = one(command.flag ? context.known.filter((known) => known.state === "running") : context.known, command);
  return job && personOf(context, command).call("cancel_job", job.id, "canceled by the test");
};

const stop: Call = async (context, command) => {
  const person = personOf(context, command);
  const { id } = await person.call<{ id: string }>(
    "engage_stop",
    ...(command.flag ? ["everything", ""] : ["venture", "acme"]),
    "a test",
  );
  return command.k % 2 === 0 ? person.call("confirm_stop", id) : null;
};

const lift: Call = (context) =>
  Promise.all(context.stops.map((id) => at(context.fleet.people, 1).call("lift_stop", id, "LIFT").catch(tolerate)));

const heartbeatCall: Call = (context, command) => {
  const worker = workerOf(context, command);
  const listed = leases(context, worker, { ...command, k: command.flag ? 99 : command.k });
  return heartbeat(
    context.on,
    worker,
    listed.map((run) => ({ ...run, progress: null })),
    {},
  );
};

const steps: Call = async (context, command) => {
  const worker = workerOf(context, command);
  const run = leases(context, worker, { ...command, k: 1 })[0];
  return (
    run &&
    saveSteps(context.on, worker, run.jobId, run.token, [
      { name: `step-${command.k}`, result: {}, startedAt: new Date() },
    ])
  );
};

const park: Call = async (context, command) => {
  const worker = workerOf(context, command);
  const run = leases(context, worker, { ...command, k: 1 })[0];
  const told = context.known.find((job) => job.id === run?.jobId)?.told ?? 0;
  return run && askAndPark(context.on, worker, { ...run, told });
};

const send: Call = async (context, command) => {
  const job = one(
    context.known.filter((known) => command.flag || known["waits_for"] !== null),
    command,
  );
  return job && personOf(context, command).call("send_signal", job.id, "go", "null", command.k > 4 ? "the same" : null);
};

export const CALLS: Readonly<Record<Kind, Call>> = {
  submit,
  submitKeyed: submit,
  admit,
  claimPicked,
  claimKnown,
  claimTwice: claimKnown,
  settle: (context, command) => {
    const worker = workerOf(context, command);
    const items = leases(context, worker, command).map((run, i) => settlement(run.jobId, run.token, command.n + i));
    return settleRuns(context.on, worker, items);
  },
  heartbeat: heartbeatCall,
  steps,
  park,
  send,
  cancel,
  decide,
  undo,
  bulkStart,
  bulkStep: (context, command) => stepBulk(context.on, workerOf(context, command), command.k),
  resubmit,
  replay,
  expire: (context, command) => expireJobs(context.on, workerOf(context, command), 10),
  reap: (context, command) => reap(context.on, workerOf(context, command), 10),
  tendBlocks: (context, command) => tendBlocks(context.on, workerOf(context, command)),
  stop,
  lift,
  restart: (context, command) => replaceWorker(context.fleet, command.n % context.fleet.workers.length, context.on),
  leave: async (context, command) => {
    const index = command.n % context.fleet.workers.length;
    await endWorker(context.on, at(context.fleet.workers, index), "test");
    await replaceWorker(context.fleet, index, context.on);
  },
};

/** Refusals that a racing caller must expect; anything else fails the test. */
export function tolerate(error: unknown): string {
  const known = toHoldpointError(error);
  if (["conflict", "not_found"].includes(known.code)) return known.reason;
  throw error;
}
