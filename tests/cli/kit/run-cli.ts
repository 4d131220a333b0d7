import { spawn } from "node:child_process";
import { join } from "node:path";
import { vi } from "vitest";

// Each command is a process of its own: on a busy machine a test of a dozen of them takes a while.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const MAIN = join(import.meta.dirname, "../../../apps/cli/src/main.ts");

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as the one JSON document it must be; throws when it is anything else. */
  json(): unknown;
}

export interface Printed {
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  stdin?: string;
  /** Called once with the process: to send it a signal, or to read no more of its standard output, as `| head` does. */
  onStart?: (kill: (signal: NodeJS.Signals) => void, hangUp: () => void) => void;
  /** Called with all that it has printed so far, whenever it prints. */
  onOutput?: (printed: Printed) => void;
}

/** Runs the real command in a process of its own, with an environment that has nothing of ours but what is given. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, TMPDIR, TZ: "UTC", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  options.onStart?.(
    (signal) => void child.kill(signal),
    () => void child.stdout.destroy(),
  );
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.stdin ?? "");
  const { promise: closed, resolve } = Promise.withResolvers<number | null>();
  child.once("close", (code) => resolve(code));
  const printed: Printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      printed[name] += text;
      options.onOutput?.(printed);
    });
  }
  const code = await closed;
  return { code, ...printed, json: () => JSON.parse(printed.stdout) as unknown };
}
