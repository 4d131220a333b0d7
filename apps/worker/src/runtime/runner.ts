import { performance } from "node:perf_hooks";
import type { ClaimedRow, SettledRow, Settlement } from "@holdpoint/db/runtime";
import { BugError, parsePayload, runResultOf, TransientError } from "@holdpoint/sdk";
import type { HandlerEnd, RunResult, VentureFacts } from "@holdpoint/sdk";
import type { Catalogue } from "../handlers/catalogue.ts";
import type { JobLane, TakenSlot } from "../lanes/job-lane.ts";
import type { Log } from "../log.ts";
import { ActiveRun } from "./active-run.ts";
import type { Moment } from "./clock.ts";
import type { HotCalls, SettleTicket } from "./hot-calls.ts";
import { RunContext } from "./job-context.ts";
import type { ContextParts } from "./job-context.ts";
import { leasedCall } from "./leased-call.ts";
import type { OpenRuns } from "./open-runs.ts";
import type { RunTimes } from "./run-times.ts";
import type { VentureCache } from "./venture-cache.ts";

export interface RunnerOptions {
  catalogue: Catalogue;
  calls: HotCalls;
  runs: OpenRuns;
  ventures: VentureCache;
  parts: ContextParts;
  times: RunTimes;
  /** Runs a job whose process died before in a process of its own. */
  runAlone: (context: RunContext, run: ActiveRun) => Promise<unknown>;
  /** A run was settled. */
  settled: () => void;
  log: Log;
}

/** Runs handlers under their leases and turns however they end into one settlement. */
export class Runner {
  readonly #options: RunnerOptions;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Starts the run of a claimed job on a slot of the lane. Never throws. False: it runs here already. */
  start(row: ClaimedRow, sent: Moment, lane: JobLane, slot: TakenSlot): boolean {
    if (this.#options.runs.get(row.token) !== undefined) return false;
    const run = new ActiveRun(row, sent);
    this.#options.runs.add(run);
    const ending = new Ending(run, lane, slot, this.#options);
    run.settleAsAborted = () => ending.settleAsAborted();
    const venture = this.#options.ventures.get(row.venture);
    if (venture instanceof Promise) {
      leasedCall(run, () => Promise.resolve(this.#options.ventures.get(row.venture))).then(
        (facts) => this.#call(run, facts, ending),
        (error: unknown) => ending.cameBack({ threw: error }, null),
      );
    } else this.#call(run, venture, ending);
    return true;
  }

  #call(run: ActiveRun, venture: VentureFacts, ending: Ending): void {
    const known = this.#options.catalogue.get(run.row.type);
    let context: RunContext | null = null;
    let returned: Promise<unknown>;
    try {
      if (known === undefined) throw new BugError(`This worker does not know the job type ${run.row.type}.`);
      const { definition } = known;
      const ready = new RunContext(run, parsePayload(definition, run.row.payload), venture, this.#options.parts);
      ready.onParked(() => ending.parked(ready));
      context = ready;
      returned = run.row.deaths > 0 ? this.#options.runAlone(context, run) : definition.run(context);
    } catch (error) {
      ending.cameBack({ threw: error }, context);
      return;
    }
    returned.then(
      (value) => ending.cameBack({ returned: value }, context),
      (error: unknown) => ending.cameBack({ threw: error }, context),
    );
  }
}

/** What happens from the handler's return to the settled run; it is its own settle ticket. */
class Ending implements SettleTicket {
  readonly #run: ActiveRun;
  readonly #lane: JobLane;
  readonly #slot: TakenSlot;
  readonly #options: RunnerOptions;
  #settlement: Settlement | null = null;
  #costMicrousd = 0;

  constructor(run: ActiveRun, lane: JobLane, slot: TakenSlot, options: RunnerOptions) {
    this.#run = run;
    this.#lane = lane;
    this.#slot = slot;
    this.#options = options;
  }

  cameBack(end: HandlerEnd, context: RunContext | null): void {
    // It has parked: what its handler still does is without meaning.
    if (this.#run.returned || context?.parking === true) return;
    this.#ended(end, resultOf(settledEffects(end, context), this.#run), context);
  }

  /** The run has parked, and its handler will not come back. */
  parked(context: RunContext): void {
    if (this.#run.returned) return;
    const why = this.#run.aborted?.why;
    const end = { threw: this.#run.aborted };
    const leaves = why === "shutdown" || why === "parked";
    this.#ended(end, leaves ? { outcome: "parked" } : runResultOf(end, this.#run.signalSoFar), context);
  }

  #ended(end: HandlerEnd, result: RunResult, context: RunContext | null): void {
    const run = this.#run;
    run.returned = true;
    const tookMs = performance.now() - run.startedAt;
    this.#options.times.note(run.row.type, tookMs);
    this.#lane.slotFree(this.#slot, tookMs);
    this.#costMicrousd = context?.costMicrousd ?? 0;
    if (result.outcome === "lost") {
      this.#leave();
      return;
    }
    if ("threw" in end && result.outcome === "failed" && result.errorClass === "bug") {
      this.#options.log.warn({ job: run.row.job_id, type: run.row.type, error: end.threw }, "a handler failed");
    }
    const output = context?.output ?? null;
    if (output === null) this.#settle(result, 0, null);
    else {
      this.#options.parts.logs.finish(output).then(
        ({ bytes, sha256 }) => this.#settle(result, bytes, sha256),
        (error: unknown) => {
          this.#options.log.error({ error, job: run.row.job_id }, "output of a run could not be written");
          this.#settle(result, 0, null);
        },
      );
    }
  }

  /** The process leaves to end a handler that ignores its abort: its run is recorded as what the abort was for. */
  settleAsAborted(): void {
    const { aborted } = this.#run;
    if (aborted === null || this.#run.returned) return;
    const result = runResultOf({ threw: aborted }, this.#run.signalSoFar);
    if (result.outcome !== "lost") this.#settle(result, 0, null);
  }

  settlement(): Settlement {
    if (this.#settlement === null) throw new Error("settled before it ended");
    return this.#settlement;
  }

  settleAnswered(row: SettledRow | null): void {
    if (row?.verdict === "late") {
      this.#options.log.info({ job: this.#run.row.job_id }, "a result came late and changed nothing");
    }
    this.#options.settled();
    this.#leave();
  }

  replaceSettlement(error: Error): Settlement {
    const { bytes, sha256 } = { bytes: this.#settlement?.logBytes ?? 0, sha256: this.#settlement?.logSha256 ?? null };
    const message = `The result of the run could not be recorded: ${error.message}`;
    const failed: RunResult = { outcome: "failed", errorClass: "bug", message, retry: null };
    this.#settlement = settlementOf(this.#run, failed, bytes, sha256, this.#costMicrousd);
    return this.#settlement;
  }

  #settle(result: RunResult, logBytes: number, logSha256: string | null): void {
    // The lease may have been lost while the output was written.
    if (result.outcome === "lost" || this.#run.aborted?.why === "lost") return this.#leave();
    this.#settlement = settlementOf(this.#run, result, logBytes, logSha256, this.#costMicrousd);
    this.#options.calls.settle(this);
  }

  /** From here on the heartbeat does not list the run; if it was not settled, the fleet frees its lease. */
  #leave(): void {
    this.#options.runs.remove(this.#run);
    this.#lane.settled();
  }
}

/** A handler that swallowed the error of an effect has not succeeded: nobody knows whether that happened. */
function settledEffects(end: HandlerEnd, context: RunContext | null): HandlerEnd {
  const open = "returned" in end ? (context?.openEffect ?? null) : null;
  if (open === null) return end;
  return { threw: new TransientError(`The effect ${open} has no receipt: a later run settles it.`) };
}

/** A handler that still returned its value while the process left has done its work; only the others are lost. */
function resultOf(end: HandlerEnd, run: ActiveRun): RunResult {
  if (run.aborted?.why === "shutdown" && "returned" in end) return runResultOf(end, NEVER);
  return runResultOf(end, run.signalSoFar);
}

const NEVER = new AbortController().signal;

/** One row of settle_runs for a result. */
export function settlementOf(
  run: ActiveRun,
  result: Exclude<RunResult, { outcome: "lost" }>,
  logBytes: number,
  logSha256: string | null,
  costMicrousd = 0,
): Settlement {
  const base = {
    jobId: run.row.job_id,
    token: run.row.token,
    outcome: result.outcome,
    errorClass: null,
    errorMessage: null,
    costMicrousd,
    retry: null,
    logBytes,
    logSha256,
    result: null,
  };
  switch (result.outcome) {
    case "succeeded":
      return { ...base, result: result.result };
    case "failed":
      return {
        ...base,
        errorClass: result.errorClass,
        errorMessage: result.message,
        retry: result.retry,
        // What a failure tells besides: of unsafe output, or whose fault it was.
        result: result.unsafe ?? (result.provider === undefined ? null : { $provider: result.provider }),
      };
    case "canceled":
    case "stopped":
      return base;
    case "parked":
      return base;
    case "declined":
      return { ...base, errorMessage: result.message };
    default:
      return result satisfies never;
  }
}
