import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@holdpoint/local";

const BUILT = join(import.meta.dirname, "../../../apps/web/.next/standalone/apps/web/server.js");
const START_MS = 20_000;

export interface WebProcess {
  url: string;
  /** What it wrote, for a test that fails. */
  output(): string;
  stop(): Promise<void>;
}

/** Starts the production build of the dashboard on a free port, with these variables and no others of ours. */
export async function startWeb(env: Record<string, string>): Promise<WebProcess> {
  const server = process.env["HOLDPOINT_E2E_SERVER"] ?? BUILT;
  if (!existsSync(server)) throw new Error(`${server} is missing`);
  const port = await freePort();
  const child = spawn(process.execPath, [server], {
    cwd: dirname(server),
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "production", PORT: String(port), HOSTNAME: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child, () => output);
  return { url, output: () => output, stop: () => stop(child) };
}

async function ready(url: string, child: ChildProcess, output: () => string): Promise<void> {
  const until = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the dashboard ended at its start:\n${output()}`);
    const answered = await fetch(`${url}/api/health`).then(
      () => true,
      () => false,
    );
    if (answered) return;
    if (performance.now() > until) throw new Error(`the dashboard did not answer within ${START_MS} ms:\n${output()}`);
    await delay(100);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}
