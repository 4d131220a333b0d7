import { createHash, randomUUID } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { HoldpointError } from "@holdpoint/policy";
import { tryLock } from "./libc.ts";

/** Proof that no other process runs under this name on this data folder. */
export interface InstanceLock {
  /** The lock file's identity: the same for every process that ever held it, another for a copied folder. */
  readonly instance: string;
  readonly path: string;
  release(): void;
}

/**
 * Takes the lock of a worker's name. Whoever gets it knows that the process that held it before is dead: the kernel
 * frees a lock with its process, which no pid could prove. Throws 409 `worker_running` while another holds it.
 */
export function takeInstanceLock(dataDir: string, workerName: string): InstanceLock {
  const folder = join(dataDir, "locks");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `worker-${encodeURIComponent(workerName)}.lock`);
  const fd = openSync(path, "a+", 0o600);
  if (!tryLock(fd)) {
    closeSync(fd);
    throw new HoldpointError("conflict", "worker_running", `Another worker named ${workerName} runs on ${dataDir}.`, {
      remedy: "Stop it, or start this one under another name (--name or HOLDPOINT_WORKER_NAME).",
    });
  }
  const mark = readMark(fd);
  const { dev, ino } = fstatSync(fd);
  // A copied folder on another machine has the same mark; inode and machine id tell the two apart.
  const instance = createHash("sha256").update(`${mark}/${dev}/${ino}/${machineId()}`).digest("hex").slice(0, 32);
  return { instance, path, release: () => closeSync(fd) };
}

function readMark(fd: number): string {
  const have = readFileSync(fd, "utf8").trim();
  if (/^[0-9a-f-]{36}$/.test(have)) return have;
  const mark = randomUUID();
  ftruncateSync(fd);
  writeSync(fd, `${mark}\n`);
  return mark;
}

function machineId(): string {
  try {
    return readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    return "unknown"; // Containers and macOS have none; mark and inode still stand.
  }
}
