import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { HoldpointError } from "@holdpoint/policy";
import { asRunning } from "../process/child.ts";
import type { Child } from "../process/child.ts";
import type { HostMessage } from "./host.ts";
import { redactLine } from "./redact.ts";
import type { LiteConfig } from "./server.ts";

export interface LiteHost extends Child {
  url: string;
  /** After a migration: the host looks the tables and functions up anew. */
  reload(): void;
}

/**
 * Starts the Lite host as a child and returns once it answers. What it prints is redacted line by line on its way to
 * the log.
 * @throws HoldpointError `rest_failed` with what it said when it could not start.
 */
export async function startLiteHost(config: LiteConfig, logFile: string): Promise<LiteHost> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "host.ts")], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { PATH: process.env.PATH, TZ: "UTC", NODE_ENV: "production", NO_COLOR: "1" },
  });
  const log = createWriteStream(logFile, { flags: "a", mode: 0o600 });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream)
      createInterface(stream).on("line", (line) => log.write(`${new Date().toISOString()} ${redactLine(line)}\n`));
  }
  const running = asRunning(child, 5000);
  void running.ended.then(() => log.end());
  const answer = new Promise<HostMessage>((resolve) => {
    child.once("message", (message: HostMessage) => resolve(message));
  });
  child.send(config);
  const first = await Promise.race([answer, running.ended.then(() => ({ failed: "it ended at once" }))]);
  if ("failed" in first) {
    await running.stop();
    throw new HoldpointError("internal", "rest_failed", `The REST server did not start: ${redactLine(first.failed)}`, {
      remedy: `Read ${logFile}`,
    });
  }
  return { ...running, url: `http://127.0.0.1:${first.ready.port}`, reload: () => void child.kill("SIGHUP") };
}
