import { spawn } from "node:child_process";
import { TimeoutError } from "@holdpoint/sdk";

const MAX_STDOUT = 64 * 1024 * 1024;

export type GitEnd =
  | { end: "done"; stdout: string }
  | { end: "failed"; code: number | null; stderr: string }
  | { end: "missing" }
  | { end: "too_much" };

/**
 * Runs git with exactly this environment, in a process group of its own that is killed as a whole when the signal
 * fires, time is up, or it prints more than 64 MiB. Rejects with the signal's reason, or with TimeoutError.
 */
export async function runGit(
  cwd: string,
  args: readonly string[],
  options: { env: Record<string, string>; signal: AbortSignal; timeoutMs: number; maxFileBytes: number | null },
): Promise<GitEnd> {
  options.signal.throwIfAborted();
  const git = ["git", "--no-pager", ...args];
  const blocks = options.maxFileBytes === null ? "unlimited" : String(Math.ceil(options.maxFileBytes / 512));
  const child = spawn("/bin/sh", ["-c", 'ulimit -f "$0"; exec "$@"', blocks, ...git], {
    cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killGroup = (): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, "SIGKILL");
  };
  const stdout: Buffer[] = [];
  const seen = { bytes: 0, stderr: "", late: false };
  child.stdout.on("data", (chunk: Buffer) => {
    seen.bytes += chunk.length;
    if (seen.bytes <= MAX_STDOUT) stdout.push(chunk);
    else killGroup();
  });
  child.stderr.on("data", (chunk: Buffer) => (seen.stderr = (seen.stderr + chunk.toString("utf8")).slice(-8192)));
  options.signal.addEventListener("abort", killGroup, { once: true });
  const timeout = setTimeout(() => {
    seen.late = true;
    killGroup();
  }, options.timeoutMs);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    options.signal.throwIfAborted();
    if (seen.late) throw new TimeoutError(`git ${args[0]} took longer than ${options.timeoutMs} ms.`);
    if (seen.bytes > MAX_STDOUT) return { end: "too_much" };
    if (code === 0) return { end: "done", stdout: Buffer.concat(stdout).toString("utf8") };
    return code === 127 || code === 126 ? { end: "missing" } : { end: "failed", code, stderr: seen.stderr };
  } finally {
    clearTimeout(timeout);
    options.signal.removeEventListener("abort", killGroup);
  }
}
