import { randomUUID } from "node:crypto";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { descendants } from "./process-tree.ts";

/** A control group for one command: the only limit on memory that nothing in the command can get around. */
export interface CommandGroup {
  /** Writing a process id here moves that process, and all it starts, into the group. */
  readonly procsFile: string;
  /** Whether the kernel has killed something in the group for want of memory. */
  ranOut(): Promise<boolean>;
  /** Removes the empty group. */
  close(): Promise<void>;
}

export interface GroupParent {
  version: 1 | 2;
  path: string;
}

const root = "/sys/fs/cgroup";

/**
 * Where this process may make control groups: below its own group where systemd delegated it (version 2), or in the
 * memory hierarchy (version 1, root). Null where it may not: then memory is watched instead.
 */
export async function findGroupParent(): Promise<GroupParent | null> {
  const own = await readFile("/proc/self/cgroup", "utf8").catch(() => "");
  const v1 = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(own)?.[1];
  const v2 = /^0::(.*)$/m.exec(own)?.[1];
  const parents: GroupParent[] = [
    ...(v2 === undefined || v2 === "/" ? [] : [{ version: 2 as const, path: join(root, withoutLeaf(v2)) }]),
    ...(v1 === undefined ? [] : [v1, "/"].map((path) => ({ version: 1 as const, path: join(root, "memory", path) }))),
  ];
  for (const parent of parents) {
    if (await works(parent)) return parent;
  }
  return null;
}

async function works(parent: GroupParent): Promise<boolean> {
  try {
    const group = await openGroup(parent, { memoryBytes: 64 * 1024 * 1024, processes: 16 });
    await group.close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}

/** Makes a group with these limits. Throws what the file system says when it can't. */
export async function openGroup(
  parent: GroupParent,
  limits: { memoryBytes: number; processes: number },
): Promise<CommandGroup> {
  if (parent.version === 2) await delegate(parent.path);
  const path = join(parent.path, `holdpoint-${randomUUID()}`);
  await mkdir(path);
  try {
    if (parent.version === 1) {
      await writeFile(join(path, "memory.limit_in_bytes"), String(limits.memoryBytes));
    } else {
      await writeFile(join(path, "memory.max"), String(limits.memoryBytes));
      await writeFile(join(path, "memory.oom.group"), "1");
      await writeFile(join(path, "pids.max"), String(limits.processes));
      // Without swap accounting this file does not exist, and there is nothing to limit.
      await writeFile(join(path, "memory.swap.max"), "0", { flag: "r+" }).catch(() => undefined);
    }
  } catch (error) {
    await rmdir(path);
    throw error;
  }
  return {
    procsFile: join(path, "cgroup.procs"),
    async ranOut() {
      const events = await readFile(join(path, parent.version === 1 ? "memory.oom_control" : "memory.events"), "utf8");
      return /^oom_kill [1-9]/m.test(events);
    },
    close: () => removeGroup(path),
  };
}

const leafName = "holdpoint-worker";

function withoutLeaf(path: string): string {
  return path.endsWith(`/${leafName}`) ? dirname(path) : path;
}

// Version 2 gives controllers only to groups without processes of their own: this process moves to a leaf first. Only
// where the group holds nothing but this process and its children (a unit with Delegate=yes): others are not ours.
async function delegate(path: string): Promise<void> {
  const given = await readFile(join(path, "cgroup.subtree_control"), "utf8");
  if (/\bmemory\b/.test(given) && /\bpids\b/.test(given)) return;
  const procs = (await readFile(join(path, "cgroup.procs"), "utf8")).split("\n").filter((pid) => pid !== "");
  const own = new Set([process.pid, ...(await descendants(process.pid))]);
  if (procs.some((pid) => !own.has(Number(pid)))) {
    throw Object.assign(new Error(`${path} holds processes of others`), { code: "EBUSY" });
  }
  const leaf = join(path, leafName);
  await mkdir(leaf, { recursive: true });
  for (const pid of procs) await writeFile(join(leaf, "cgroup.procs"), pid);
  await writeFile(join(path, "cgroup.subtree_control"), "+memory +pids");
}

// The kernel lets go of a group a moment after its last process was reaped.
async function removeGroup(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await rmdir(path);
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || attempt >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
