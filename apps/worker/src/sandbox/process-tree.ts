import { readdir, readFile } from "node:fs/promises";

/** Every living descendant of a process, children before grandchildren. Zombies are left out. */
export async function descendants(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  const entries = await readdir("/proc");
  await Promise.all(
    entries.map(async (entry) => {
      if (!/^\d+$/.test(entry)) return;
      const stat = await readProc(`/proc/${entry}/stat`);
      // The name in parentheses may hold anything, also parentheses and spaces.
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (stat === "" || state === "Z") return;
      const siblings = children.get(Number(parent)) ?? [];
      siblings.push(Number(entry));
      children.set(Number(parent), siblings);
    }),
  );
  const found: number[] = [];
  const queue = [root];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

/** A process that can't be mistaken for a later one with the same id. */
export interface ExactProcess {
  pid: number;
  startTime: string;
}

/** Null when there is no such process, or it is a zombie. */
export async function exactProcess(pid: number): Promise<ExactProcess | null> {
  const stat = await readProc(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" || fields[0] === "Z" ? null : { pid, startTime: fields[19] ?? "" };
}

export async function isAlive(known: ExactProcess): Promise<boolean> {
  return (await exactProcess(known.pid))?.startTime === known.startTime;
}

/** Living processes that carry `NAME=value` in the environment they were started with, as far as we may read it. */
export async function processesWith(variable: string): Promise<number[]> {
  const entries = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    entries.map(async (entry) => (await readProc(`/proc/${entry}/environ`)).split("\0").includes(variable)),
  );
  return entries.filter((_, i) => found[i]).map(Number);
}

/** Memory of the processes in bytes: what they share is counted once where the kernel tells, else per process. */
export async function memoryOf(pids: readonly number[]): Promise<number> {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const rollup = await readProc(`/proc/${pid}/smaps_rollup`);
      if (rollup !== "") return kilobytes(rollup, "Pss_Anon") + kilobytes(rollup, "Pss_Shmem");
      const status = await readProc(`/proc/${pid}/status`);
      return kilobytes(status, "RssAnon") + kilobytes(status, "RssShmem");
    }),
  );
  return each.reduce((sum, kB) => sum + kB * 1024, 0);
}

/**
 * Kills until none is left: without a pid namespace a process may start another while we look. Gives up after
 * 10 seconds, which only a process that the kernel itself holds can outlast.
 */
export async function killUntilGone(find: () => Promise<number[]>): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const pids = await find();
    if (pids.length === 0) return;
    for (const pid of pids) signalTo(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Sends a signal; false when the process is gone or not ours. */
export function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM")) return false;
    throw error;
  }
}

function kilobytes(text: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

async function readProc(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error) return ""; // gone, or not ours to read
    throw error;
  });
}
