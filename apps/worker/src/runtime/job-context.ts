import { quarantineFound, readForm, saveEvidence } from "@holdpoint/db/runtime";
import type { LogStream } from "@holdpoint/db/runtime";
import { replayOf, withoutReplay } from "@holdpoint/policy";
import type { FormValues } from "@holdpoint/policy";
import { addCost, BugError, jsonOf, recordedQuarantine, Waits } from "@holdpoint/sdk";
import type { EvidenceItem, JobContext, Progress, RunLog, VentureFacts } from "@holdpoint/sdk";
import type { ActiveRun } from "./active-run.ts";
import type { ArtifactStore } from "./artifact-store.ts";
import type { Access } from "./databases.ts";
import { leasedCall } from "./leased-call.ts";
import type { LogWriter } from "./log-writer.ts";
import { RunOutput } from "./run-output.ts";
import { EffectStore } from "./effect-store.ts";
import { StepStore } from "./step-store.ts";
import { WaitStore } from "./wait-store.ts";

/** What a run had under way when it parked may record for so long; a step that has not by then is done again. */
const PARK_GRACE_MS = 10_000;

export interface ContextParts {
  access: Access;
  logs: LogWriter;
  artifacts: ArtifactStore;
}

/**
 * What a handler gets. Everything but the payload is made when it is first used, because the shortest handlers use
 * nothing. Its functions may be taken out of it (`const { step, log } = ctx`).
 */
export class RunContext implements JobContext {
  readonly job: { readonly id: string; readonly runNo: number; readonly dryRun: boolean };
  readonly payload: unknown;
  readonly refs: unknown;
  readonly venture: Readonly<VentureFacts>;
  readonly #run: ActiveRun;
  readonly #parts: ContextParts;
  #output: RunOutput | null = null;
  #log: RunLog | null = null;
  #steps: StepStore | null = null;
  #effects: EffectStore | null = null;
  #waits: Waits | null = null;
  #waitStore: WaitStore | null = null;
  #underWay = 0;
  #parking = false;
  readonly #onParked: (() => void)[] = [];
  #costMicrousd = 0;

  constructor(run: ActiveRun, payload: unknown, venture: VentureFacts, parts: ContextParts) {
    this.job = { id: run.row.job_id, runNo: run.row.run_no, dryRun: replayOf(run.row.refs)?.dry_run ?? false };
    this.payload = payload;
    this.refs = withoutReplay(run.row.refs) ?? {};
    this.venture = venture;
    this.#run = run;
    this.#parts = parts;
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  /** Null when the handler never wrote anything. */
  get output(): RunOutput | null {
    return this.#output;
  }

  get log(): RunLog {
    this.#log ??= Object.assign((text: string) => this.write("log", text.endsWith("\n") ? text : `${text}\n`), {
      stdout: (text: string) => this.write("stdout", text),
      stderr: (text: string) => this.write("stderr", text),
    });
    return this.#log;
  }

  write(stream: LogStream, text: string): void {
    this.#output ??= new RunOutput(this.#run.row.job_id, this.#run.row.token);
    this.#output.write(stream, text);
    this.#parts.logs.touch(this.#output);
  }

  now = (): Date => new Date();

  progress = (progress: Progress): void => {
    const share =
      typeof progress === "number" ? progress : progress.done / (progress.total ?? Math.max(progress.done, 1));
    if (!(share >= 0 && share <= 1)) throw new BugError(`Progress lies between 0 and 1, got ${share}.`);
    this.#run.setProgress(progress);
  };

  step = <T>(name: string, fn: () => T | Promise<T>): Promise<T> => {
    this.#steps ??= new StepStore(this.#run, this.#parts.access);
    return this.#count(this.#steps.step(name, fn));
  };

  get waitStore(): WaitStore {
    this.#waitStore ??= new WaitStore(this.#run, this.#parts.access, () => this.#park());
    return this.#waitStore;
  }

  get waits(): Waits {
    this.#waits ??= new Waits(this.waitStore);
    return this.#waits;
  }

  sleep: JobContext["sleep"] = (until) => this.waits.sleep(until);

  waitFor: JobContext["waitFor"] = (name, options) => this.waits.waitFor(name, options);

  approval: JobContext["approval"] = (request) => this.waits.approval(request);

  /** The run has parked: however its handler ends, or whether, it is settled as parked. */
  get parking(): boolean {
    return this.#parking;
  }

  /** Called once the run has parked and what it had under way has recorded. */
  onParked(listener: () => void): void {
    this.#onParked.push(listener);
  }

  #park(): void {
    this.#parking = true;
    this.#run.abort("parked");
    if (this.#underWay === 0) this.#parked();
    else setTimeout(() => this.#parked(), PARK_GRACE_MS).unref();
  }

  #parked(): void {
    for (const listener of this.#onParked.splice(0)) listener();
  }

  async #count<T>(work: Promise<T>): Promise<T> {
    this.#underWay += 1;
    try {
      return await work;
    } finally {
      this.#underWay -= 1;
      if (this.#parking && this.#underWay === 0) this.#parked();
    }
  }

  form = (): Promise<FormValues> => {
    const { databases, caller } = this.#parts.access;
    const { job_id: jobId, token } = this.#run.row;
    return leasedCall(this.#run, () => readForm(databases.work, caller, jobId, token));
  };

  get effects(): EffectStore {
    this.#effects ??= new EffectStore(this.#run, this.#parts.access);
    return this.#effects;
  }

  /** The key of an effect that was begun and has neither receipt nor a no; null: all are settled. */
  get openEffect(): string | null {
    return this.#effects?.open ?? null;
  }

  effect: JobContext["effect"] = (options, fn) => this.#count(this.effects.effect(options, fn));

  /** What the run has cost so far, its effects apart. */
  get costMicrousd(): number {
    return this.#costMicrousd;
  }

  spent = (microusd: number): void => {
    this.#costMicrousd = addCost(this.#costMicrousd, microusd);
  };

  artifact: JobContext["artifact"] = (name, input) => this.#count(this.#parts.artifacts.keep(this.#run, name, input));

  evidence = async (items: readonly EvidenceItem[]): Promise<void> => {
    const { job_id: jobId, token, venture } = this.#run.row;
    const records = items.map((item) => {
      if (!(item.lifetimeMs > 0)) throw new BugError(`Evidence needs a lifetime above 0 ms, got ${item.lifetimeMs}.`);
      const facts = jsonOf(item.facts ?? {}, `The facts of the evidence about ${item.subject}`);
      const { subject, kind, ok, finding } = item;
      return { subject, kind, ok, finding, facts, lifetime_ms: Math.ceil(item.lifetimeMs) };
    });
    const { databases, caller } = this.#parts.access;
    await this.#count(
      leasedCall(this.#run, () => saveEvidence(databases.work, caller, { jobId, token }, venture, records)),
    );
  };

  quarantine: JobContext["quarantine"] = async (found) => {
    const { job_id: jobId, token } = this.#run.row;
    const item = recordedQuarantine(found);
    const { databases, caller } = this.#parts.access;
    return this.#count(leasedCall(this.#run, () => quarantineFound(databases.work, caller, { jobId, token }, item)));
  };
}
