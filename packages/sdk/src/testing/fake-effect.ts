import { BugError, runEffect } from "../index.ts";
import type { EffectBook, EffectCall, EffectOptions } from "../index.ts";
import type { CrashMoment, EffectRecord } from "./records.ts";

interface EffectfulRun {
  jobId: string;
  abort: AbortController;
  effects: Map<string, EffectRecord>;
  effectKinds: readonly string[];
  dryRun: boolean;
}

/**
 * `ctx.effect` over a book in memory, with the rules of the real one: declared kinds only, one use of a key in a run,
 * receipts of earlier runs, safe_retry and reconcile for what an earlier run left open. It knows of no time: an intent
 * of an earlier run may be settled at once.
 */
export function fakeEffect(run: EffectfulRun, crashIf: (step: string, when: CrashMoment) => Promise<void>) {
  const used = new Set<string>();
  const mine = new Set<string>();
  const book: EffectBook = {
    begin: async (intent) => {
      const { key, kind, settle, maxMicrousd, reconciled } = intent;
      const known = run.effects.get(key);
      if (known?.state === "done") return { state: "done", receipt: structuredClone(known.receipt) };
      if (!run.effectKinds.includes(kind)) {
        throw new BugError(`The job type does not declare effects of kind ${kind}.`, { reason: "kind_not_declared" });
      }
      if (run.dryRun) {
        const record = {
          kind,
          settle,
          state: "not_done",
          attempts: 1,
          receipt: null,
          costMicrousd: 0,
          maxMicrousd,
        } as const;
        run.effects.set(key, record);
        return { state: "dry_run" };
      }
      const open = known !== undefined && known.state !== "not_done" && !mine.has(key);
      if (open && !reconciled && known.settle === "reconcile") {
        return { state: "reconcile", intent_at: new Date(0).toISOString() };
      }
      mine.add(key);
      const attempts = (known?.attempts ?? 0) + 1;
      run.effects.set(key, { kind, settle, state: "open", attempts, receipt: null, costMicrousd: null, maxMicrousd });
      return { state: "call", within_ms: intent.withinMs, attempt: attempts };
    },
    finish: async (key, end) => {
      const known = run.effects.get(key);
      if (known === undefined) throw new BugError(`No effect ${key} was begun.`);
      if (end.outcome === "done") {
        const costMicrousd = end.costMicrousd ?? known.maxMicrousd;
        run.effects.set(key, { ...known, state: "done", receipt: end.receipt, costMicrousd });
      } else run.effects.set(key, { ...known, state: end.outcome });
    },
  };
  return async function effect<T>(options: EffectOptions<T>, fn: (call: EffectCall) => T | Promise<T>): Promise<T> {
    const { key } = options;
    if (used.has(key)) throw new BugError(`Effect ${key} is named twice; keys are unique in a job.`);
    used.add(key);
    const effectRun = { jobId: run.jobId, signal: run.abort.signal, mark: () => () => 0 };
    const receipt = await runEffect(book, effectRun, options, async (call) => {
      await crashIf(`effect:${key}`, "before");
      const answer = await fn(call);
      await crashIf(`effect:${key}`, "during");
      return answer;
    });
    await crashIf(`effect:${key}`, "after");
    return receipt;
  };
}
