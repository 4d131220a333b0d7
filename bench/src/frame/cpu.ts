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

/** CPU seconds of a PostgreSQL, by its postmaster's pid: itself, its backends and helpers, and those that have ended. */
export function postgresCpuSeconds(postmaster: number): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(Number(name)) === postmaster)
    .reduce((sum, name) => sum + cpuSeconds(Number(name)), childSeconds(postmaster));
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

/** 0 when it is gone. */
export function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return 0;
  }
}
