import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** When a job was sent, which also names it, and when its handler began (ms since 1970). */
export type Starts = readonly (readonly [at: number, started: number])[];

/** What a role's process says to the benchmark. */
export type RoleMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly at: number; readonly figures: Record<string, number> }
  /** From a handler of type hold inside a worker: it began; its signal fired, at this time (ms since 1970). */
  | { readonly kind: "holding" }
  | { readonly kind: "signalled"; readonly at: number }
  /** From the no-op handler inside a worker: how many ran since the last message, and when each began. */
  | { readonly kind: "ran"; readonly count: number; readonly starts: Starts };

/** A process of a benchmark: a producer, a consumer, or a whole worker. */
export class Role {
  readonly process: ChildProcess;
  readonly #listeners = new Set<(message: RoleMessage) => void>();
  #stderr = "";

  /** `file` is relative to bench/src/roles, or absolute. The config travels as JSON in argv[2]. */
  constructor(file: string, config: unknown, env: Record<string, string> = {}, args: string[] = []) {
    const path = file.startsWith("/") ? file : join(import.meta.dirname, "../roles", file);
    this.process = fork(path, config === undefined ? args : [JSON.stringify(config), ...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...process.env, ...env },
    });
    this.process.stdout?.resume();
    this.process.stderr?.on(
      "data",
      (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-4_000)),
    );
    this.process.on("message", (message) => {
      // Only our own roles are at the other end.
      for (const listener of this.#listeners) listener(message as RoleMessage);
    });
  }

  on(listener: (message: RoleMessage) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the first message of the kind; rejects when the process ends before. */
  next<K extends RoleMessage["kind"]>(kind: K): Promise<Extract<RoleMessage, { kind: K }>> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: RoleMessage) => {
        if (message.kind !== kind) return;
        this.#listeners.delete(onMessage);
        this.process.off("exit", onExit);
        resolve(message as Extract<RoleMessage, { kind: K }>);
      };
      const onExit = (code: number | null) => reject(new Error(`a process ended with ${code}: ${this.#stderr}`));
      this.#listeners.add(onMessage);
      this.process.once("exit", onExit);
    });
  }

  send(message: "go" | "stop"): void {
    this.process.send(message);
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, "exit");
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill("SIGKILL"), 12_000);
    await gone;
    clearTimeout(timer);
  }
}
