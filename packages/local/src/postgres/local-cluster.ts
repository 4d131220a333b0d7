import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HoldpointError } from "@holdpoint/policy";
import type { DataDir } from "../data/data-dir.ts";
import type { StateFile } from "../data/state.ts";
import { findBinaries } from "./binaries.ts";
import { initCluster } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";

/** As durable as the default (fdatasync), with one system call less for each commit; other systems keep theirs. */
export const SYNC_SETTINGS: Record<string, string> =
  process.platform === "linux" ? { wal_sync_method: "open_datasync" } : {};

/** For a small server that also runs the work: durable, and modest with memory. */
export const LOCAL_SETTINGS: Record<string, string> = {
  shared_buffers: "256MB",
  max_connections: "100",
  wal_compression: "on",
  max_wal_size: "2GB",
  ...SYNC_SETTINGS,
  checkpoint_completion_target: "0.9",
  password_encryption: "scram-sha-256",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] %q%u ",
  // Statements and their values stay out of the log; errors of programs are answered to the programs.
  log_min_messages: "fatal",
  log_min_error_statement: "panic",
  log_checkpoints: "off",
  idle_in_transaction_session_timeout: "10min",
};

/**
 * The cluster of a data folder, made when it is missing. What an interrupted first start left is made anew, and a
 * server that a killed instance left running is stopped: the folder's lock says that nobody else uses it.
 * @throws HoldpointError conflict `postgres_major` when the folder is of another PostgreSQL.
 */
export async function prepareCluster(
  dataDir: DataDir,
  state: StateFile,
  password: string,
): Promise<Cluster & { isNew: boolean }> {
  const binaries = findBinaries();
  const cluster: Cluster = { binaries, dir: dataDir.postgres, logFile: path.join(dataDir.logs, "postgres.log") };
  const versionFile = path.join(cluster.dir, "PG_VERSION");
  if (existsSync(versionFile)) {
    const found = readFileSync(versionFile, "utf8").trim();
    if (found !== String(binaries.major)) {
      throw new HoldpointError(
        "conflict",
        "postgres_major",
        `${cluster.dir} was made by PostgreSQL ${found}, and this version of Holdpoint runs ${binaries.major}.`,
        { field: "data-dir", remedy: `Start the version that made it, or choose another folder with --data-dir.` },
      );
    }
  }
  await stopOrphan(cluster.dir);
  if (state.read().clusterMade) {
    if (!existsSync(versionFile)) {
      throw new HoldpointError(
        "conflict",
        "cluster_missing",
        `The database of this data folder is gone from ${cluster.dir}.`,
        {
          field: "data-dir",
          remedy: "Put it back from a backup, or start anew with another --data-dir.",
        },
      );
    }
    return { ...cluster, isNew: false };
  }
  rmSync(cluster.dir, { recursive: true, force: true });
  await initCluster(cluster, password);
  state.write({ clusterMade: true });
  return { ...cluster, isNew: true };
}

/** Stops a server whose parent was killed and that the kernel did not stop for us. */
async function stopOrphan(dir: string): Promise<void> {
  const pid = orphanPid(dir);
  if (pid === null) return;
  process.kill(pid, "SIGINT");
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (orphanPid(dir) !== pid) return;
    await delay(50);
  }
  throw new HoldpointError(
    "conflict",
    "postgres_stuck",
    `A PostgreSQL server of this data folder (process ${pid}) does not stop.`,
    {
      remedy: `Look at what it does, then end it: kill -QUIT ${pid}`,
    },
  );
}

/** The pid in the server's file, when that process really is a server of this folder (a pid may be used again). */
function orphanPid(dir: string): number | null {
  try {
    const pid = Number(readFileSync(path.join(dir, "postmaster.pid"), "utf8").split("\n")[0]);
    if (!Number.isInteger(pid) || pid <= 1) return null;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return command.includes(dir) && (command[0]?.endsWith("postgres") ?? false) ? pid : null;
  } catch {
    return null;
  }
}
