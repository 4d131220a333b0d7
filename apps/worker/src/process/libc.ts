import koffi from "koffi";

/** The few system calls that Node does not offer. Linux and macOS. */
const libc = koffi.load(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6");
const flock = libc.func("int flock(int fd, int operation)");

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes an exclusive lock on an open file without waiting. It is held until the descriptor is closed or the process
 * ends, however it ends. False when another process holds it.
 */
export function tryLock(fd: number): boolean {
  const answer: unknown = flock(fd, LOCK_EX | LOCK_NB);
  return answer === 0;
}
