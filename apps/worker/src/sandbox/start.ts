import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync } from "node:fs";
import { Readable } from "node:stream";
import type { Writable } from "node:stream";
import { makePipe } from "./libc.ts";
import type { PipeOwner } from "./libc.ts";

/** Where the sandbox's own tools are looked for: never in a folder that the worker's environment names. */
export const SAFE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A command that was started: its standard streams, and what it writes on further descriptors from 3 up. */
export interface Started {
  child: ChildProcess;
  stdin: Writable | null;
  stdout: Readable;
  stderr: Readable;
  extra: Readable[];
}

export interface StartOptions {
  env: Record<string, string>;
  cwd?: string;
  stdin: "pipe" | "ignore";
  /** How many further descriptors the command may write to. */
  extra: number;
  /** Descriptors of ours that it gets after those. */
  pass?: number[];
  detached?: boolean;
  /** The user that the command changes to, `anyone` when that is not known yet, null when it stays this one. */
  owner: PipeOwner;
}

/** Starts a command, its output on real pipes where the platform has them. */
export function start(command: readonly string[], options: StartOptions): Started {
  const [file = "", ...args] = command;
  const [out, err] = [makePipe(options.owner), makePipe(options.owner)];
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      env: options.env,
      cwd: options.cwd,
      detached: options.detached ?? false,
      stdio: [
        options.stdin,
        out?.childFd ?? "pipe",
        err?.childFd ?? "pipe",
        ...Array.from({ length: options.extra }, () => "pipe" as const),
        ...(options.pass ?? []),
      ],
    });
  } finally {
    if (out !== null) closeSync(out.childFd);
    if (err !== null) closeSync(err.childFd);
  }
  const stdio: readonly unknown[] = child.stdio;
  const readable = (fd: number): Readable => {
    const stream = stdio[fd];
    if (!(stream instanceof Readable)) throw new Error(`Descriptor ${fd} of ${file} can't be read.`);
    return stream;
  };
  return {
    child,
    stdin: child.stdin,
    stdout: out?.readable ?? readable(1),
    stderr: err?.readable ?? readable(2),
    extra: Array.from({ length: options.extra }, (_, i) => readable(3 + i)),
  };
}
