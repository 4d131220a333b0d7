import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import koffi from "koffi";

export interface FileLock {
  release(): void;
}

const LOCK_EX = 2;
const LOCK_NB = 4;
let flock: ((fd: number, operation: number) => number) | undefined;

/**
 * Takes an exclusive lock of a file, which the kernel gives back when this process ends, however it ends. The file
 * holds our process id, for people. Null when another process has it.
 */
export function tryLock(path: string): FileLock | null {
  flock ??= koffi
    .load(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6")
    .func("int flock(int fd, int operation)");
  const fd = openSync(path, "a+", 0o600);
  if (flock(fd, LOCK_EX | LOCK_NB) !== 0) {
    closeSync(fd);
    return null;
  }
  ftruncateSync(fd);
  writeSync(fd, `${process.pid}\n`);
  return { release: () => closeSync(fd) };
}

/** The process id that the holder of a lock wrote, for a message. */
export function lockHolder(path: string): string {
  try {
    return readFileSync(path, "utf8").trim() || "unknown";
  } catch {
    return "unknown";
  }
}
