import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Running } from "./supervise.ts";
import { launcher } from "./run-as.ts";

export interface ChildOptions {
  /** Arguments of Node itself: the script first. */
  args: string[];
  cwd: string;
  /** The whole environment of the child beside PATH, HOME, LANG, TZ and TMPDIR. */
  env: Record<string, string | undefined>;
  /** Its output is appended here. */
  logFile: string;
  /** How long it may take to end after SIGTERM. */
  stopMs: number;
}

export interface Child extends Running {
  pid: number;
  process: ChildProcess;
}

const PASSED_ON = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "NODE_EXTRA_CA_CERTS"];

/**
 * Starts a Node program of ours, with this very Node, in a process group of its own (Ctrl-C reaches us alone) and with
 * only the environment that it needs. The kernel ends it when we are killed, where the system can.
 */
export function startChild(options: ChildOptions): Child {
  const log = openSync(options.logFile, "a", 0o600);
  const [command = process.execPath, ...args] = [...launcher("TERM").prefix, process.execPath, ...options.args];
  const kept = Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  let child: ChildProcess;
  try {
    child = spawn(command, args, {
      cwd: options.cwd,
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...kept, ...options.env },
    });
  } finally {
    closeSync(log);
  }
  return asRunning(child, options.stopMs);
}

/** Gives a spawned process the two verbs of a supervised one: its end, and a stop that becomes a kill of its group. */
export function asRunning(child: ChildProcess, stopMs: number): Child {
  let over = false;
  const { promise: ended, resolve } = Promise.withResolvers<{ code: number | null; signal: string | null }>();
  child.once("exit", (code, signal) => {
    over = true;
    resolve({ code, signal });
  });
  child.once("error", () => {
    over = true;
    resolve({ code: null, signal: "failed to start" });
  });
  return {
    pid: child.pid ?? 0,
    process: child,
    ended,
    stop: async () => {
      if (over) return;
      child.kill("SIGTERM");
      const patience = setTimeout(() => killGroup(child), stopMs);
      await ended;
      clearTimeout(patience);
      // What it started and left behind is in its group.
      killGroup(child);
    },
  };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // ESRCH: the group is empty, which is what we want.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
