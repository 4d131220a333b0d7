import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../index.ts";
import type { SandboxLimits, SandboxProvider, SandboxResult, SandboxSpec } from "../index.ts";

export const MiB = 1024 * 1024;

/** Small limits: what holds at this size holds at any. */
export const SMALL: SandboxLimits = {
  ...DEFAULT_LIMITS,
  timeoutMs: 30_000,
  graceMs: 300,
  memoryBytes: 256 * MiB,
  processes: 64,
  workBytes: 32 * MiB,
  tmpBytes: 8 * MiB,
};

export interface Ran {
  result: SandboxResult;
  stdout: string;
  stderr: string;
  ms: number;
}

/** Runs a command in a folder of its own with these files. */
export async function runIn(
  provider: SandboxProvider,
  command: string,
  more: {
    files?: Record<string, string>;
    limits?: Partial<SandboxLimits>;
    signal?: AbortSignal;
    env?: Record<string, string>;
    output?: SandboxSpec["output"];
    onStdout?: (text: string) => void;
  } = {},
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), "holdpoint-sandbox-test-"));
  const ran = { stdout: "", stderr: "" };
  const began = performance.now();
  try {
    for (const [name, text] of Object.entries(more.files ?? {})) await writeFile(join(folder, name), text);
    const result = await provider.run({
      command,
      folder,
      limits: { ...SMALL, ...more.limits },
      signal: more.signal ?? new AbortController().signal,
      env: more.env,
      output: more.output,
      onStdout: (text) => {
        ran.stdout += text;
        more.onStdout?.(text);
      },
      onStderr: (text) => void (ran.stderr += text),
    });
    return { result, ...ran, ms: performance.now() - began };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Processes of this machine whose command line or environment holds the text. */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const line = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "");
    if (line.includes(text)) found.push(Number(entry));
  }
  return found;
}
