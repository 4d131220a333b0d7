import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isConnectionLoss, isContention } from "@holdpoint/db";
import { loseOwnRun } from "@holdpoint/db/runtime";
import { askOrPark } from "@holdpoint/sdk";
import type { ArtifactInput, EffectBook, EvidenceItem, Progress, QuarantineItem, WaitCall } from "@holdpoint/sdk";
import type { Log } from "../log.ts";
import { signalGroup } from "../process/process-groups.ts";
import type { ProcessGroups } from "../process/process-groups.ts";
import type { ActiveRun } from "../runtime/active-run.ts";
import { backoff } from "../runtime/backoff.ts";
import type { Access } from "../runtime/databases.ts";
import type { RunContext } from "../runtime/job-context.ts";
import { packError, unpackError } from "./protocol.ts";
import type { ToChild, ToParent } from "./protocol.ts";

export interface AloneOptions {
  context: RunContext;
  run: ActiveRun;
  access: Access;
  groups: ProcessGroups;
  /** The worker's name: what the child notes its own process groups under. */
  workerName: string;
  /** After its abort the child has this long before it is killed. */
  killAfterMs: number;
  log: Log;
}

/**
 * Runs a suspect job's handler in a process of its own. This process keeps the lease and does what the handler's ctx
 * asks for. When the child dies, the run is lost to a process death and nothing else of the worker is hurt.
 */
export async function runAlone(options: AloneOptions): Promise<unknown> {
  const { run, groups } = options;
  const child = fork(fileURLToPath(new URL("main.ts", import.meta.url)), [], {
    detached: true,
    env: { ...process.env, HOLDPOINT_WORKER_NAME: options.workerName },
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const leader = child.pid;
  if (leader !== undefined) groups.note(leader);
  try {
    return await new Promise((resolve, reject) => new Conversation(child, options, resolve, reject));
  } catch (error) {
    if (error instanceof ChildDied) await tellDeath(options, error);
    throw error;
  } finally {
    if (leader !== undefined) {
      signalGroup(leader, "SIGKILL");
      groups.forget(leader);
      const below = groups.ofChild(leader);
      await below.killLeftovers();
      below.remove();
    }
    run.onAbort(() => undefined);
  }
}

class ChildDied extends Error {
  override readonly name = "ChildDied";
}

class Conversation {
  readonly #child: ChildProcess;
  readonly #options: AloneOptions;
  readonly #steps = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #callNo = 0;

  constructor(
    child: ChildProcess,
    options: AloneOptions,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.#child = child;
    this.#options = options;
    const { context, run, killAfterMs } = options;
    child.on("message", (message: ToParent) => {
      if (message.kind !== "done") return this.#hear(message);
      if (message.error === undefined) resolve(message.value);
      else reject(unpackError(message.error));
    });
    child.once("error", (error) => reject(new ChildDied(error.message)));
    child.once("exit", (code, signal) =>
      reject(new ChildDied(`The job's own process ended with ${signal ?? `code ${code}`}.`)),
    );
    child.stdout?.on("data", (text: Buffer) => context.write("stdout", text.toString("utf8")));
    child.stderr?.on("data", (text: Buffer) => context.write("stderr", text.toString("utf8")));
    const onAbort = (): void => {
      const reason = run.aborted;
      if (reason === null) return;
      this.#send({ kind: "abort", why: reason.why, message: reason.message });
      setTimeout(() => {
        if (child.exitCode === null && child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
        reject(reason);
      }, killAfterMs).unref();
    };
    run.onAbort(onAbort);
    context.onParked(() => reject(run.aborted ?? new ChildDied("It has parked.")));
    if (run.aborted !== null) onAbort();
  }

  #hear(message: Exclude<ToParent, { kind: "done" }>): void {
    const { context, run } = this.#options;
    switch (message.kind) {
      case "ready": {
        const { type, job_id: jobId, run_no: runNo, payload } = run.row;
        this.#send({
          kind: "job",
          job: {
            type,
            jobId,
            runNo,
            payload,
            refs: context.refs,
            dryRun: context.job.dryRun,
            venture: context.venture,
          },
        });
        return;
      }
      case "write":
        if (message.stream === "log") context.log(message.text);
        else context.write(message.stream, message.text);
        return;
      case "progress":
        context.progress(message.progress as Progress);
        return;
      case "spent":
        context.spent(message.microusd);
        return;
      case "answer": {
        const step = this.#steps.get(message.call);
        this.#steps.delete(message.call);
        if (message.error === undefined) step?.resolve(message.value);
        else step?.reject(unpackError(message.error));
        return;
      }
      case "ask":
        this.#do(message.what, message.args).then(
          (value) => this.#send({ kind: "answer", call: message.call, value }),
          (error: unknown) => this.#send({ kind: "answer", call: message.call, error: packError(error) }),
        );
        return;
      default:
        message satisfies never;
    }
  }

  async #do(what: Extract<ToParent, { kind: "ask" }>["what"], args: readonly unknown[]): Promise<unknown> {
    const { context } = this.#options;
    if (what === "step") return context.step(String(args[0]), () => this.#runStep(Number(args[1])));
    if (what === "beginEffect") return context.effects.begin(args[0] as Parameters<EffectBook["begin"]>[0]);
    if (what === "finishEffect") {
      return context.effects.finish(String(args[0]), args[1] as Parameters<EffectBook["finish"]>[1]);
    }
    if (what === "form") return context.form();
    if (what === "wait") return askOrPark(context.waitStore, args[0] as WaitCall);
    if (what === "artifact") return context.artifact(String(args[0]), args[1] as ArtifactInput);
    if (what === "quarantine") return context.quarantine(args[0] as QuarantineItem);
    return context.evidence(args[0] as EvidenceItem[]);
  }

  /** The step's function lives in the child. */
  #runStep(step: number): Promise<unknown> {
    const call = ++this.#callNo;
    return new Promise((resolve, reject) => {
      this.#steps.set(call, { resolve, reject });
      this.#send({ kind: "runStep", call, step });
    });
  }

  #send(message: ToChild): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }
}

async function tellDeath({ run, access, log }: AloneOptions, died: ChildDied): Promise<void> {
  log.warn({ job: run.row.job_id, type: run.row.type, error: died }, "the process of a suspect job died");
  if (run.aborted !== null) return;
  const { job_id: jobId, token } = run.row;
  for (let attempt = 1; run.aborted === null; attempt++) {
    try {
      await loseOwnRun(access.databases.work, access.caller, jobId, token);
      run.abort("lost", died.message);
    } catch (error) {
      if (!isConnectionLoss(error) && !isContention(error)) throw error;
      await backoff(attempt, run.signal);
    }
  }
}
