import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HoldpointError } from "@holdpoint/policy";
import { unprivilegedLauncher } from "../process/run-as.ts";
import type { Launcher } from "../process/run-as.ts";
import type { PostgresBinaries } from "./binaries.ts";

export interface Cluster {
  binaries: PostgresBinaries;
  /** The cluster's own folder (PGDATA). Its parent must exist. */
  dir: string;
  /** Where the server's output is appended. */
  logFile: string;
}

export interface RunningServer {
  port: number;
  pid: number;
  /** Settles when the server process has ended, for whatever reason. */
  ended: Promise<{ code: number | null; signal: string | null }>;
  /** Fast shutdown: breaks connections, writes everything, waits for the end; after 20 s an immediate one. */
  stop(): Promise<void>;
}

/** The server or initdb failed; the message ends with its log's last complaint. */
export class PostgresError extends HoldpointError {
  override readonly name = "PostgresError";
  constructor(message: string, logFile: string) {
    const complaint = lastComplaint(logFile);
    super("internal", "postgres_failed", complaint === "" ? `${message}.` : `${message}: ${complaint}`, {
      remedy: `Read ${logFile}`,
    });
  }
}

/**
 * Makes an empty cluster whose superuser is `postgres`, reached only over 127.0.0.1 with a password.
 * @throws PostgresError; a half-made folder is left for the caller to remove.
 */
export async function initCluster(cluster: Cluster, password: string): Promise<void> {
  const { initdb, major } = cluster.binaries;
  mkdirSync(cluster.dir, { recursive: true, mode: 0o700 });
  const run = unprivilegedLauncher(cluster.dir, [initdb, path.dirname(cluster.dir)]);
  if (run.uid !== undefined && run.gid !== undefined) chownSync(cluster.dir, run.uid, run.gid);
  const passwordFile = `${cluster.dir}.pw`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (run.uid !== undefined && run.gid !== undefined) chownSync(passwordFile, run.uid, run.gid);
  const locale = major >= 17 ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] : [];
  try {
    const child = launch(run, initdb, cluster.logFile, [
      `--pgdata=${cluster.dir}`,
      "--username=postgres",
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      ...locale,
      "--no-instructions",
    ]);
    const [code] = await once(child, "exit");
    if (code !== 0) throw new PostgresError("PostgreSQL could not make its data folder", cluster.logFile);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  writeFileSync(path.join(cluster.dir, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n");
}

/**
 * Starts the server on 127.0.0.1 and returns once it accepts connections (crash recovery may come first).
 * @throws PostgresError with the log's last complaint when it ends before that or is not ready after `timeoutMs`.
 */
export async function startServer(
  cluster: Cluster,
  port: number,
  settings: Record<string, string>,
  timeoutMs = 60_000,
): Promise<RunningServer> {
  const run = unprivilegedLauncher(cluster.dir, [cluster.binaries.postgres, path.dirname(cluster.dir)]);
  const options = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "", ...settings };
  const child = launch(run, cluster.binaries.postgres, cluster.logFile, [
    "-D",
    cluster.dir,
    ...Object.entries(options).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  let over = false;
  const ended = once(child, "exit").then(([code, signal]: (number | string | null)[]) => {
    over = true;
    return { code: typeof code === "number" ? code : null, signal: typeof signal === "string" ? signal : null };
  });
  const deadline = performance.now() + timeoutMs;
  while (!(await isReady(cluster.dir, child.pid))) {
    if (over) throw new PostgresError("PostgreSQL did not start", cluster.logFile);
    if (performance.now() > deadline) {
      child.kill("SIGQUIT");
      await ended;
      throw new PostgresError(`PostgreSQL was not ready after ${timeoutMs / 1000} s`, cluster.logFile);
    }
    await Promise.race([delay(20), ended]);
  }
  return { port, pid: child.pid ?? 0, ended, stop: () => stopServer(child, ended, () => over) };
}

async function stopServer(child: ChildProcess, ended: Promise<unknown>, isOver: () => boolean): Promise<void> {
  if (isOver()) return;
  child.kill("SIGINT");
  const patience = setTimeout(() => child.kill("SIGQUIT"), 20_000);
  await ended;
  clearTimeout(patience);
}

function launch(run: Launcher, program: string, logFile: string, args: string[]): ChildProcess {
  const log = openSync(logFile, "a", 0o600);
  const [command, ...rest] = [...run.prefix, program, ...args];
  try {
    return spawn(command ?? program, rest, {
      cwd: "/",
      // A group of its own: Ctrl-C in the terminal reaches us, and we stop the database last.
      detached: true,
      stdio: ["ignore", log, log],
      env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
      // Without setpriv the change of user is Node's.
      ...(run.prefix.length === 0 && run.uid !== undefined ? { uid: run.uid, gid: run.gid } : {}),
    });
  } finally {
    closeSync(log);
  }
}

/** The server writes `ready` as the eighth line of its pid file, after its own pid as the first. */
async function isReady(dir: string, pid: number | undefined): Promise<boolean> {
  const text = await readFile(path.join(dir, "postmaster.pid"), "utf8").catch(() => "");
  const lines = text.split("\n");
  return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
}

function lastComplaint(logFile: string): string {
  try {
    const lines = readFileSync(logFile, "utf8").trim().split("\n").slice(-20);
    return (lines.findLast((line) => /FATAL|PANIC|ERROR|error:/.test(line)) ?? lines.at(-1) ?? "").trim();
  } catch {
    return "";
  }
}
