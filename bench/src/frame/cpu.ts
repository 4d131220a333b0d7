import { readdirSync, readFileSync } from "node:fs";

/** CPU seconds that a process has used so far, by its pid; 0 when it is gone or this is not Linux. */
export function cpuSeconds(pid: number): number {
  try {
    // Its threads are in it; after the name in brackets, fields 14 and 15 are user and system time in ticks of 10 ms.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** CPU seconds of all backends and helpers of the PostgreSQL whose postmaster is the parent of `backendPid`. */
export function postgresCpuSeconds(backendPid: number): number {
  const parent = parentOf(backendPid);
  if (parent === 0) return 0;
  const own = childSeconds(parent);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === parent)
    .reduce((sum, name) => sum + cpuSeconds(Number(name)), own);
}

/** What a process and its ended children have used. */
function childSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) / 100;
  } catch {
    return 0;
  }
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
