import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Remembers on disk which process groups this worker started, so that the process that takes over after a SIGKILL can
 * end them before it frees the leases they worked under.
 */
export class ProcessGroups {
  readonly #folder: string;

  constructor(dataDir: string, workerName: string) {
    this.#folder = join(dataDir, "groups", encodeURIComponent(workerName));
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** Notes a group by its leader's pid, right after the start. */
  note(leader: number): void {
    writeFileSync(join(this.#folder, String(leader)), `${bootId()} ${startTime(leader) ?? ""}`, { mode: 0o600 });
  }

  forget(leader: number): void {
    rmSync(join(this.#folder, String(leader)), { force: true });
  }

  /** Kills the groups that an earlier process left. Call only while holding its lock. Answers how many. */
  killLeftovers(): number {
    let killed = 0;
    for (const name of readdirSync(this.#folder)) {
      const leader = Number(name);
      const [boot, started] = readFileSync(join(this.#folder, name), "utf8").split(" ");
      // A pid may have been given to someone else since: the start time says whether it is still the same process.
      // A leader that is gone leaves its number reserved while the group has members.
      const now = startTime(leader);
      const same = boot === bootId() && (now === null || now === started);
      if (leader > 1 && same && kill(leader)) killed += 1;
      rmSync(join(this.#folder, name), { force: true });
    }
    return killed;
  }
}

function kill(leader: number): boolean {
  try {
    process.kill(-leader, "SIGKILL");
    return true;
  } catch {
    return false; // It ended between the look and the kill.
  }
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "unknown";
  }
}

/** Field 22 of /proc/<pid>/stat: when the process started, in ticks since boot. Null when it is gone. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
