import type { SandboxLimits } from "./types.ts";

const MiB = 1024 * 1024;

/**
 * util-linux's prlimit with the limits of each process; those of the whole tree are held elsewhere. Where memory is
 * only watched, one process also can't run far ahead of the watcher; the margin is address space that a runtime such as
 * node reserves without using it.
 */
export function prlimit(limits: SandboxLimits, memoryIsWatched: boolean): string[] {
  return [
    "prlimit",
    `--nproc=${limits.processes}`,
    // A little above the folders' size, so that a full folder says "no space left" instead of killing the writer.
    `--fsize=${Math.max(limits.workBytes, limits.tmpBytes) + MiB}`,
    ...(memoryIsWatched ? [`--data=${2 * limits.memoryBytes + 1024 * MiB}`] : []),
    `--cpu=${limits.cpuSeconds}`,
    "--nofile=4096",
    "--core=0",
    "--",
  ];
}
