import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { OutputCap } from "./output-cap.ts";
import type { Started } from "./start.ts";
import type { KillReason, SandboxSpec } from "./types.ts";

const WATCH_MS = 200;
/** How long output may still come when every process that is known has gone: one that escaped may hold the pipe. */
const DRAIN_MS = 2000;

/** What a provider knows about the processes of a command. */
export interface Watch {
  /** Sends the signal to every process of the command. */
  signalAll(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Resolves when none of them lives any more; called after SIGKILL. */
  gone(): Promise<void>;
  /** A limit that was passed, asked every 200 ms and once more at the end. */
  check(): Promise<KillReason | null>;
}

export interface Supervised {
  /** The first reason for which it was killed. */
  killed: KillReason | null;
  stdoutBytes: number;
  stderrBytes: number;
  exitCode: number | null;
}

/**
 * Follows a started command to its end: passes on its output, holds the limits on time and output and those that the
 * provider watches, and kills the whole tree when one is passed or the signal fires. Resolves when every process of
 * the tree is gone. Rejects when the command could not be started.
 */
export async function supervise(started: Started, spec: SandboxSpec, watch: Watch): Promise<Supervised> {
  const { limits } = spec;
  const stdout = new OutputCap(limits.outputHeadBytes, limits.outputTailBytes, spec.onStdout);
  const stderr = new OutputCap(limits.outputHeadBytes, limits.outputTailBytes, spec.onStderr);
  const killer = new Killer(watch, limits.graceMs);
  const count = (cap: OutputCap) => (chunk: Buffer) => {
    cap.push(chunk);
    const total = stdout.total + stderr.total;
    if (limits.outputKillBytes !== null && total > limits.outputKillBytes) killer.kill("output");
  };
  started.stdout.on("data", count(stdout));
  started.stderr.on("data", count(stderr));
  const drained = Promise.all([closed(started.stdout), closed(started.stderr)]);

  const onAbort = (): void => killer.ask("aborted");
  spec.signal.addEventListener("abort", onAbort, { once: true });
  if (spec.signal.aborted) onAbort();
  const timeout = setTimeout(() => killer.ask("timeout"), limits.timeoutMs);
  const watcher = watchLimits(watch, (why) => killer.kill(why));
  try {
    const exitCode = await exited(started.child);
    await watcher.stop();
    await watch.signalAll("SIGKILL");
    await watch.gone();
    await drainedOr(DRAIN_MS, drained);
    return { killed: killer.why, exitCode, stdoutBytes: stdout.total, stderrBytes: stderr.total };
  } finally {
    clearTimeout(timeout);
    spec.signal.removeEventListener("abort", onAbort);
    await watcher.stop();
    await killer.done();
    started.stdout.destroy();
    started.stderr.destroy();
    stdout.end();
    stderr.end();
  }
}

/** Ends a tree once, for the first reason that is given. */
class Killer {
  why: KillReason | null = null;
  readonly #watch: Watch;
  readonly #graceMs: number;
  #grace: NodeJS.Timeout | undefined;
  #sent: Promise<void> = Promise.resolve();

  constructor(watch: Watch, graceMs: number) {
    this.#watch = watch;
    this.#graceMs = graceMs;
  }

  /** SIGTERM, and SIGKILL after the grace. */
  ask(why: KillReason): void {
    if (this.why !== null) return;
    this.why = why;
    this.#sent = this.#watch.signalAll("SIGTERM");
    this.#grace = setTimeout(() => this.#send("SIGKILL"), this.#graceMs);
  }

  /** SIGKILL at once. */
  kill(why: KillReason): void {
    if (this.why !== null) return;
    this.why = why;
    this.#send("SIGKILL");
  }

  async done(): Promise<void> {
    clearTimeout(this.#grace);
    await this.#sent;
  }

  #send(signal: "SIGKILL"): void {
    this.#sent = this.#sent.then(() => this.#watch.signalAll(signal));
  }
}

function watchLimits(watch: Watch, kill: (why: KillReason) => void): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const look = async (): Promise<void> => {
    const why = await watch.check();
    if (why !== null) kill(why);
  };
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await look();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, WATCH_MS);
        stopped.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
      });
    }
    await look(); // a command that its limit ended may have gone between two looks
  };
  const running = loop();
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

async function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code));
  });
}

async function drainedOr(ms: number, drained: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([drained, late.promise]);
  clearTimeout(timer);
}

async function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => void stream.once("close", resolve));
}
