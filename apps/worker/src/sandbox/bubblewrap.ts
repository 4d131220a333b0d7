import { randomInt } from "node:crypto";
import { openSync, closeSync } from "node:fs";
import type { Readable } from "node:stream";
import { openGroup } from "./cgroup.ts";
import type { CommandGroup, GroupParent } from "./cgroup.ts";
import { collect, packFolder, receiveTar } from "./pack.ts";
import { prlimit } from "./prlimit.ts";
import { descendants, exactProcess, isAlive, memoryOf, signalTo } from "./process-tree.ts";
import type { ExactProcess } from "./process-tree.ts";
import { endOf } from "./end-of.ts";
import { runScript } from "./script.ts";
import { SAFE_PATH, start } from "./start.ts";
import type { Started } from "./start.ts";
import { supervise } from "./supervise.ts";
import type { Watch } from "./supervise.ts";
import { NODE_INSIDE } from "./toolchain.ts";
import type { Toolchain } from "./toolchain.ts";
import type { SandboxLimits, SandboxProvider, SandboxResult, SandboxSpec } from "./types.ts";

export interface BubblewrapOptions {
  toolchain: Toolchain;
  /** Where memory groups can be made; null: memory is watched. */
  groups: GroupParent | null;
}

/** After the standard streams: the packed output, how far the script came, bubblewrap's own status, a copied node. */
const OUTPUT_FD = 3;
const PROGRESS_FD = 4;
const STATUS_FD = 5;
const NODE_FD = 6;

const SCRIPT_TARGETS = {
  work: "/work",
  output: `>&${OUTPUT_FD}`,
  progress: `>&${PROGRESS_FD}`,
  close: `${OUTPUT_FD}>&- ${PROGRESS_FD}>&-`,
};

/**
 * Runs commands under bubblewrap: own user, mount, pid, ipc, uts, cgroup and net namespaces; a root made of the
 * read-only toolchain and size-limited tmpfs; no environment; no further user namespaces. The folder goes in and the
 * output comes out as tar streams: no folder of the host is there to be seen or written to. A worker that is root
 * gives the command a user id that nothing else on the machine has.
 */
export function bubblewrap(options: BubblewrapOptions): SandboxProvider {
  return { name: "bubblewrap", isolated: true, run: (spec) => run(options, spec) };
}

async function run(options: BubblewrapOptions, spec: SandboxSpec): Promise<SandboxResult> {
  const { limits } = spec;
  const group =
    options.groups === null
      ? null
      : await openGroup(options.groups, {
          // What lies in the tmpfs folders counts as memory of the group.
          memoryBytes: limits.memoryBytes + limits.workBytes + limits.tmpBytes,
          processes: limits.processes + 8,
        });
  try {
    return await runIn(group, options.toolchain, spec);
  } finally {
    await group?.close();
  }
}

async function runIn(group: CommandGroup | null, toolchain: Toolchain, spec: SandboxSpec): Promise<SandboxResult> {
  const started = startIn(group, toolchain, spec);
  const [output, words, state] = started.extra;
  if (output === undefined || words === undefined || state === undefined) throw new Error("three more descriptors");
  const status = followStatus(state);
  const progress = collect(words);
  const packed = receiveTar(output, spec.output ?? null);
  const leave = new AbortController();
  const sent = packFolder(spec.folder, started.stdin, leave.signal);
  try {
    const supervised = await supervise(started, spec, watchSandbox(started, status, group, spec.limits));
    return endOf(supervised, await progress, await packed, spec);
  } finally {
    leave.abort();
    await sent;
  }
}

function watchSandbox(
  { child }: Started,
  status: { init: ExactProcess | null },
  group: CommandGroup | null,
  limits: SandboxLimits,
): Watch {
  const tree = async (): Promise<number[]> => (child.pid === undefined ? [] : await descendants(child.pid));
  return {
    async signalAll(signal) {
      const { init } = status;
      if (signal === "SIGTERM") {
        // Not the namespace's init, which is our script: it ends by itself when the command has.
        for (const pid of await tree()) if (pid !== init?.pid) signalTo(pid, signal);
        return;
      }
      // The kernel kills every process of the namespace with its init.
      if (init !== null && (await isAlive(init))) signalTo(init.pid, signal);
      child.kill(signal);
    },
    // The init is gone only when the kernel has reaped everything in its namespace.
    async gone() {
      while (status.init !== null && (await isAlive(status.init))) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async check() {
      if (group !== null) return (await group.ranOut()) ? "memory" : null;
      return (await memoryOf(await tree())) > limits.memoryBytes ? "memory" : null;
    },
  };
}

function startIn(group: CommandGroup | null, toolchain: Toolchain, spec: SandboxSpec): Started {
  const nodeFd = toolchain.nodeByCopy === null ? null : openSync(toolchain.nodeByCopy, "r");
  try {
    // Above every range that distributions and container runtimes hand out; another one for each command.
    const owner = process.getuid?.() === 0 ? randomInt(1_900_000_000, 2_000_000_000) : null;
    return start([...enter(group), ...bwrapCommand(toolchain, spec, owner, group === null)], {
      // Not even bubblewrap itself gets the worker's environment: it could be read from inside.
      env: { PATH: SAFE_PATH },
      stdin: "pipe",
      extra: 3,
      owner,
      pass: nodeFd === null ? [] : [nodeFd],
    });
  } finally {
    if (nodeFd !== null) closeSync(nodeFd);
  }
}

function enter(group: CommandGroup | null): string[] {
  return group === null ? [] : ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', group.procsFile];
}

function bwrapCommand(
  toolchain: Toolchain,
  spec: SandboxSpec,
  owner: number | null,
  memoryIsWatched: boolean,
): string[] {
  const { limits } = spec;
  return [
    ...(owner === null ? [] : ["setpriv", `--reuid=${owner}`, `--regid=${owner}`, "--clear-groups"]),
    "bwrap",
    "--unshare-user",
    "--unshare-all",
    "--disable-userns",
    ...["--uid", "1000", "--gid", "1000", "--hostname", "sandbox"],
    ...["--die-with-parent", "--new-session", "--as-pid-1", "--json-status-fd", String(STATUS_FD)],
    ...["--cap-drop", "ALL", "--clearenv"],
    ...Object.entries(environment(toolchain, spec)).flatMap(([name, value]) => ["--setenv", name, value]),
    ...rootArguments(toolchain),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...["--size", String(limits.tmpBytes), "--perms", "1777", "--tmpfs", "/tmp"],
    ...["--size", String(limits.workBytes), "--perms", "0755", "--tmpfs", "/work"],
    ...["--size", String(limits.tmpBytes), "--perms", "1777", "--tmpfs", "/dev/shm"],
    ...["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/work", "--"],
    ...prlimit(limits, memoryIsWatched),
    ...["/bin/sh", "-c", runScript(spec, SCRIPT_TARGETS), "holdpoint", spec.command],
  ];
}

function rootArguments({ mounts, links, covered, nodeByCopy }: Toolchain): string[] {
  return [
    ...mounts.flatMap(({ from, to }) => ["--ro-bind-try", from, to]),
    ...links.flatMap(({ at, to }) => ["--symlink", to, at]),
    ...covered.flatMap((path) => ["--tmpfs", path, "--remount-ro", path]),
    ...(nodeByCopy === null ? [] : ["--perms", "0555", "--ro-bind-data", String(NODE_FD), NODE_INSIDE]),
  ];
}

function environment(toolchain: Toolchain, spec: SandboxSpec): Record<string, string> {
  return { PATH: toolchain.path, HOME: "/tmp", TMPDIR: "/tmp", LANG: "C.UTF-8", CI: "1", ...spec.env };
}

// The first line of bubblewrap's status names the init of the new pid namespace.
function followStatus(stream: Readable): { init: ExactProcess | null } {
  const status: { init: ExactProcess | null } = { init: null };
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    const pid = /"child-pid": *(\d+)/.exec(text)?.[1];
    if (pid !== undefined && status.init === null) {
      void exactProcess(Number(pid)).then((init) => (status.init ??= init));
    }
  });
  return status;
}
