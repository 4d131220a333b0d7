import type { SandboxLimits } from "./types.ts";

/** util-linux's prlimit with the limits of each process; those of the whole tree are held elsewhere. */
export function prlimit(limits: SandboxLimits): string[] {
  return [
    "prlimit",
    `--nproc=${limits.processes}`,
    `--fsize=${Math.max(limits.workBytes, limits.tmpBytes)}`,
    `--data=${limits.memoryBytes}`,
    `--cpu=${limits.cpuSeconds}`,
    "--nofile=4096",
    "--core=0",
    "--",
  ];
}
