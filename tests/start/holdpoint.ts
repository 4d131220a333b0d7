import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";

const MAIN = path.resolve(import.meta.dirname, "../../apps/cli/src/main.ts");

/** One `holdpoint start` under test. */
export interface Started {
  process: ChildProcess;
  /** All that it printed so far, both streams. */
  text(): string;
  /** Settles at the first line that matches; fails with what was printed when the process ends before. */
  printed(pattern: RegExp): Promise<string>;
  /** The exit code, or the name of the signal. */
  ended: Promise<number | string>;
}

/** The environment of a machine where nothing of Holdpoint is set. */
export function cleanEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(HOLDPOINT_|SUPABASE_|NEXT_|DATABASE_URL|REDIS_URL|npm_|VITEST|NODE_ENV)/.test(name),
  );
  return { ...Object.fromEntries(kept), NO_COLOR: "1", ...more };
}

/** Runs the very command that `npm start` runs, without the install before it. */
export function startHoldpoint(args: string[], env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [MAIN, "start", ...args], {
    cwd: path.resolve(import.meta.dirname, "../.."),
    env: cleanEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (const look of waiting) look();
    });
  }
  const ended = once(child, "close").then(([code, signal]) => (typeof code === "number" ? code : String(signal)));
  return {
    process: child,
    text: () => text,
    ended,
    printed: async (pattern) => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const look = (): void => {
        const match = pattern.exec(text);
        if (match) resolve(match[0]);
      };
      waiting.add(look);
      look();
      const gone = ended.then((code) => {
        throw new Error(`ended with ${code} before it printed ${pattern}:\n${text}`);
      });
      try {
        return await Promise.race([promise, gone]);
      } finally {
        waiting.delete(look);
      }
    },
  };
}

/** Runs another command of `holdpoint` to its end. */
export async function runHoldpoint(args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: cleanEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => out.push(chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => err.push(chunk));
  const [code] = await once(child, "close");
  return { code: Number(code), stdout: out.join(""), stderr: err.join("") };
}

export interface ProcessFacts {
  pid: number;
  parent: number;
  /** When it started, in clock ticks since boot: with the pid it names one process for ever. */
  startedAt: string;
  command: string;
}

/** Every process of this machine that could be read. */
export function allProcesses(): ProcessFacts[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (fields[0] === "Z") return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent: Number(fields[1]), startedAt: fields[19] ?? "", command }];
      } catch {
        return []; // It ended while we looked.
      }
    });
}

/** A process's children, their children, and so on. */
export function descendants(pid: number): ProcessFacts[] {
  const all = allProcesses();
  const found: ProcessFacts[] = [];
  for (let next = [pid]; next.length > 0;) {
    const children = all.filter((one) => next.includes(one.parent));
    found.push(...children);
    next = children.map((one) => one.pid);
  }
  return found;
}

/** Those of them that still run. */
export function stillRunning(processes: ProcessFacts[]): ProcessFacts[] {
  const now = new Set(allProcesses().map((one) => `${one.pid}/${one.startedAt}`));
  return processes.filter((one) => now.has(`${one.pid}/${one.startedAt}`));
}

/** The addresses that these processes listen on, as `host:port`, IPv4 and IPv6. */
export function listeningAddresses(pids: number[]): string[] {
  const sockets = new Set(
    pids.flatMap((pid) => {
      try {
        return readdirSync(`/proc/${pid}/fd`).map((fd) => {
          try {
            return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? "";
          } catch {
            return "";
          }
        });
      } catch {
        return [];
      }
    }),
  );
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === "0A" && sockets.has(fields[9] ?? ""))
      .map((fields) => {
        const [host = "", port = ""] = (fields[1] ?? "").split(":");
        return `${host === "0100007F" ? "127.0.0.1" : host}:${Number.parseInt(port, 16)}`;
      }),
  );
}
