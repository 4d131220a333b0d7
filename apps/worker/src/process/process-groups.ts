import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** A killed group is gone in milliseconds; one that hangs in the kernel is not waited for longer. */
const GONE_LIMIT_MS = 2_000;

/**
 * Remembers on disk which process groups this worker started, so that the process that takes over after a SIGKILL can
 * end them before it frees the leases they worked under.
 */
export class ProcessGroups {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  static ofWorker(dataDir: string, workerName: string): ProcessGroups {
    return new ProcessGroups(join(dataDir, "groups", encodeURIComponent(workerName)));
  }

  /** The groups that a child process of the worker starts itself; they end with the worker's own. */
  ofChild(pid: number): ProcessGroups {
    return new ProcessGroups(join(this.#folder, `child-${pid}`));
  }

  /** Notes a group by its leader's pid, right after the start. */
  note(leader: number): void {
    writeFileSync(join(this.#folder, String(leader)), `${bootId()} ${startTime(leader) ?? ""}`, { mode: 0o600 });
  }

  forget(leader: number): void {
    rmSync(join(this.#folder, String(leader)), { force: true });
  }

  /** Kills the groups that a dead process noted, and waits until they are gone. Answers how many there were. */
  async killLeftovers(): Promise<number> {
    const killed = leadersIn(this.#folder).filter((leader) => signalGroup(leader, "SIGKILL"));
    const end = performance.now() + GONE_LIMIT_MS;
    while (killed.some((leader) => signalGroup(leader, 0)) && performance.now() < end) await sleep(10);
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return killed.length;
  }

  /** Takes the folder away; for a child that is over. */
  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Leaders of groups noted in a folder and below it that are still what was noted. */
function leadersIn(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return leadersIn(path);
    const leader = Number(name);
    const [boot, started] = readFileSync(path, "utf8").split(" ");
    // A pid may have been given to someone else since: the start time says whether it is still the same process.
    // A leader that is gone leaves its number reserved while the group has members.
    const now = startTime(leader);
    return leader > 1 && boot === bootId() && (now === null || now === started) ? [leader] : [];
  });
}

/** Signals every process of a group; false when it has none. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false; // It has ended.
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown"; // Not Linux.
  }
}

/** Field 22 of /proc/<pid>/stat: when the process started, in ticks since boot. Null when it is gone. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null; // It has ended.
  }
}
