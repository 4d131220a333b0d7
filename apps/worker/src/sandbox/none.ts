import { randomUUID } from "node:crypto";
import { lstat, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { create } from "tar";
import { endOf } from "./end-of.ts";
import { hashed } from "./pack.ts";
import type { Received } from "./pack.ts";
import { descendants, killUntilGone, memoryOf, processesWith, signalTo } from "./process-tree.ts";
import { prlimit } from "./prlimit.ts";
import { SAFE_PATH, start } from "./start.ts";
import { supervise } from "./supervise.ts";
import type { Watch } from "./supervise.ts";
import type { KillReason, SandboxLimits, SandboxProvider, SandboxResult, SandboxSpec } from "./types.ts";

export interface NoneOptions {
  /** Whether util-linux's prlimit is here. */
  hasPrlimit: boolean;
  /** Told about the process group of each command, so that a restarted worker can end what a dead one left. */
  groups?: { note(leader: number): void; forget(leader: number): void };
}

/**
 * Runs a command in its folder with the worker's own rights: NOT ISOLATED. The environment is cleared and the limits
 * hold by watching, which keeps accidents in bounds and nothing else. Only for ventures that are trusted.
 */
export function notIsolated(options: NoneOptions): SandboxProvider {
  return { name: "none", isolated: false, run: (spec) => run(options, spec) };
}

async function run(options: NoneOptions, spec: SandboxSpec): Promise<SandboxResult> {
  const home = await mkdtemp(join(tmpdir(), "holdpoint-home-"));
  const mark = `HOLDPOINT_RUN=${randomUUID()}`;
  try {
    const started = start([...(options.hasPrlimit ? prlimit(spec.limits, true) : []), "/bin/sh", "-c", spec.command], {
      env: environment(home, mark, spec),
      cwd: spec.folder,
      stdin: "ignore",
      extra: 0,
      detached: true,
      owner: null,
    });
    const leader = started.child.pid;
    if (leader !== undefined) options.groups?.note(leader);
    const supervised = await supervise(started, spec, watchTree(leader, mark, [spec.folder, home], spec.limits));
    if (leader !== undefined) options.groups?.forget(leader);
    const wanted = supervised.killed === null && supervised.exitCode === 0 ? spec.output : undefined;
    const packed = wanted === undefined ? null : await packOutput(spec.folder, wanted);
    const words = ["unpacked", ...(packed === null ? [] : ["packed"])];
    return endOf(supervised, words.join("\n"), packed, spec);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function environment(home: string, mark: string, spec: SandboxSpec): Record<string, string> {
  const [name = "", value = ""] = mark.split("=");
  const path = [dirname(process.execPath), SAFE_PATH].join(delimiter);
  return { PATH: path, HOME: home, TMPDIR: home, LANG: "C.UTF-8", CI: "1", ...spec.env, [name]: value };
}

// A daemon that left its parent and its group still carries the mark, unless it took care to lose it.
function watchTree(leader: number | undefined, mark: string, folders: string[], limits: SandboxLimits): Watch {
  const tree = async (): Promise<number[]> => {
    if (leader === undefined) return [];
    return [...new Set([...(await descendants(leader)), ...(await processesWith(mark))])];
  };
  let nextSize = 0;
  const tooLarge = async (): Promise<boolean> => {
    if (Date.now() < nextSize) return false;
    const sizes = await Promise.all(folders.map(sizeOfFolder));
    nextSize = Date.now() + 1000;
    return sizes.reduce((sum, size) => sum + size, 0) > limits.workBytes;
  };
  return {
    async signalAll(signal) {
      for (const pid of await tree()) signalTo(pid, signal);
      if (leader !== undefined) signalTo(-leader, signal);
    },
    gone: () => killUntilGone(tree),
    async check(): Promise<KillReason | null> {
      if ((await memoryOf(await tree())) > limits.memoryBytes) return "memory";
      return (await tooLarge()) ? "disk" : null;
    },
  };
}

async function packOutput(folder: string, output: NonNullable<SandboxSpec["output"]>): Promise<Received> {
  const from = join(folder, output.from);
  const found = await stat(from).catch(() => null);
  if (found?.isDirectory() !== true) return null;
  const pack = create(
    {
      cwd: from,
      portable: true,
      mtime: new Date(output.mtimeSeconds * 1000),
      filter: (path) => path !== "./.git" && !path.startsWith("./.git/"),
    },
    ["."],
  );
  return await hashed(pack, output);
}

async function sizeOfFolder(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []); // it may vanish while we look
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return await sizeOfFolder(path);
      return (await lstat(path).catch(() => null))?.size ?? 0;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
