import { fchmodSync, fchownSync, readdirSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import koffi from "koffi";

const F_SETFD = 2;
const FD_CLOEXEC = 1;
const O_CLOEXEC = 0o2000000;

// Linux alone: elsewhere commands run without isolation and with what node has.
const libc = process.platform === "linux" ? koffi.load("libc.so.6") : null;
const pipe2 = libc?.func("int pipe2(_Out_ int *fds, int flags)");
const fcntl = libc?.func("int fcntl(int fd, int command, ...)");

/**
 * Keeps descriptors that this process was started with (a lock file, a terminal, a pipe of its parent) from being
 * handed down to commands. What node opens itself is never handed down.
 */
export function keepDescriptors(): void {
  if (fcntl === undefined) return;
  for (const entry of readdirSync("/proc/self/fd")) {
    if (Number(entry) > 2) fcntl(Number(entry), F_SETFD, "int", FD_CLOEXEC);
  }
}

/** Who may open a pipe by its name, beside its maker. */
export type PipeOwner = number | "anyone" | null;

/**
 * A pipe: the end to read from, and the descriptor to hand to a child (close it afterwards). Node's own "pipe" is a
 * socket, which scripts that write to /dev/stderr by name can't open; nor can they open a pipe of another user, hence
 * the owner. Null where it can't be made.
 */
export function makePipe(owner: PipeOwner): { readable: Readable; childFd: number } | null {
  const fds: number[] = [-1, -1];
  if (pipe2 === undefined || pipe2(fds, O_CLOEXEC) !== 0) return null;
  const [read = -1, write = -1] = fds;
  if (owner === "anyone") fchmodSync(write, 0o622);
  else if (owner !== null) fchownSync(write, owner, owner);
  return { readable: new Socket({ fd: read, readable: true, writable: false }), childFd: write };
}
