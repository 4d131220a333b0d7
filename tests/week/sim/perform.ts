import {
  beginEffect,
  beginWait,
  finishEffect,
  saveSteps,
  type Caller,
  type ClaimedRow,
  type Queryable,
} from "@holdpoint/db/runtime";
import { toHoldpointError } from "@holdpoint/db";
import {
  BugError,
  runEffect,
  runResultOf,
  UnsafeError,
  Waits,
  type EffectBook,
  type Json,
  type RunResult,
} from "@holdpoint/sdk";
import { again } from "./faulty-database.ts";
import { REMEMBERS_MS, type RecordingProvider } from "./provider.ts";
import { failureOf, isTypeName, simPayload, TYPES, type SimPayload, type TypeName } from "./types.ts";

/** Where a process can die around what it does outside. */
export const CRASH_POINTS = ["before the intent", "after the intent", "after the call", "after the receipt"] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Not an error of the handler: the process is gone, and nobody settles. */
export class ProcessDied extends Error {}

/** The lease is gone: the run must not be settled. */
class LeaseGone extends Error {}

export interface Performance {
  db: Queryable;
  caller: Caller;
  row: ClaimedRow;
  provider: RecordingProvider;
  crashAt: CrashPoint | null;
  /** What a call costs beyond its max, now and then; 0: as estimated. */
  overchargeMicrousd: number;
  /** The simulated time. */
  now: number;
}

/**
 * The end of one run, as its handler and the real effect protocol (sdk `runEffect` over begin_effect and finish_effect)
 * make it. Null: the lease was gone, nothing is settled.
 */
export async function perform(what: Performance): Promise<RunResult | null> {
  const payload = simPayload.parse(what.row.payload);
  const signal = new AbortController().signal;
  const parked = Promise.withResolvers<"parked">();
  try {
    // A call that parks never returns.
    const end = await Promise.race([handle(what, payload, () => parked.resolve("parked")), parked.promise]);
    return end === "parked" ? { outcome: "parked" } : runResultOf({ returned: end.result }, signal);
  } catch (error) {
    if (error instanceof ProcessDied) throw error;
    if (error instanceof LeaseGone) return null;
    return runResultOf({ threw: error }, signal);
  }
}

async function handle(what: Performance, payload: SimPayload, park: () => void): Promise<{ result: Json }> {
  const { type, run_no: runNo } = what.row;
  if (!isTypeName(type)) throw new BugError(`there is no type ${type}`);
  // Whoever publishes looks first.
  if (payload.unsafe) throw new UnsafeError("It must not be published.", { reason: "unsafe_public_claim" });
  const deed = TYPES[type].effectKinds.length > 0 ? await act(what, type, payload) : null;
  if (payload.fails !== null && runNo <= payload.fails.times) throw failureOf(payload.fails.as);
  if (payload.parks !== undefined) await waitAround(what, payload.parks, park);
  return { result: { n: payload.n, deed } };
}

/** As a handler that sleeps, waits for a signal and asks: the sdk's own calls over the real functions. */
async function waitAround(
  what: Performance,
  parks: { sleepMs: number; waitMs: number },
  park: () => void,
): Promise<void> {
  const { db, caller, row } = what;
  const lease = { jobId: row.job_id, token: row.token };
  const waits = new Waits({ ask: (call) => leased(() => beginWait(db, caller, lease, call)), park });
  await waits.sleep(parks.sleepMs);
  const signal = await waits.waitFor("go", { timeout: parks.waitMs });
  const step = { name: "told 1", result: signal?.id ?? null, startedAt: new Date(what.now) };
  await leased(() => saveSteps(db, caller, row.job_id, row.token, [step]));
  await waits.approval({ title: "Go on?", otherwise: parks.sleepMs % 120_000 === 0 ? "end" : "throw" });
}

const leased = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await again(call);
  } catch (error) {
    const { code, reason, message } = toHoldpointError(error);
    if (code === "conflict") throw new LeaseGone(`${reason}: ${message}`);
    if (code === "refused" || code === "invalid") throw new BugError(message, { reason });
    throw error;
  }
};

async function act(what: Performance, type: TypeName, payload: SimPayload): Promise<string> {
  const { row, provider, crashAt } = what;
  const dies = (point: CrashPoint) => {
    if (crashAt === point) throw new ProcessDied(point);
  };
  const facts: { max?: number; cost?: number; effectKinds: readonly ("other" | "contact" | "publish")[] } = TYPES[type];
  const [kind = "other"] = facts.effectKinds;
  dies("before the intent");
  const receipt = await runEffect<{ id: string }>(
    bookOf(what),
    { jobId: row.job_id, signal: new AbortController().signal, mark: markOf() },
    {
      key: "deed",
      kind,
      settle: payload.forgets ? "reconcile" : "safe_retry",
      ...(!payload.forgets && { dedupeMs: REMEMBERS_MS }),
      ...(facts.max !== undefined && { max: facts.max, costOf: () => (facts.cost ?? 0) + what.overchargeMicrousd }),
      reconcile: ({ idempotencyKey }) => {
        const found = provider.find(idempotencyKey);
        return found === null ? { happened: false } : { happened: true, receipt: { id: found.id } };
      },
    },
    ({ idempotencyKey }) => {
      dies("after the intent");
      const deed = { key: idempotencyKey, jobId: row.job_id, type, unsafe: payload.unsafe };
      const { id } = provider.do(deed, payload.forgets);
      dies("after the call");
      return { id };
    },
  );
  dies("after the receipt");
  return receipt.id;
}

/** The intents and receipts of one run, kept in the database as the worker keeps them. */
function bookOf({ db, caller, row }: Performance): EffectBook {
  const lease = { jobId: row.job_id, token: row.token };
  return {
    begin: (intent) => leased(() => beginEffect(db, caller, lease, intent)),
    finish: (key, end) => leased(() => finishEffect(db, caller, lease, key, end)),
  };
}

function markOf(): () => () => number {
  return () => {
    const since = performance.now();
    return () => performance.now() - since;
  };
}
