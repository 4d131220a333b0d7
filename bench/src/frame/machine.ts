import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import type { Figures } from "./figures.ts";

/** What the figures were measured on, with how busy it was with other things at the start. */
export function describeMachine(): Figures {
  const [first] = cpus();
  return {
    cpu: first?.model ?? "unknown",
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    redis: redisVersion() ?? "not installed",
    load_before: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

/** The version of the installed redis-server, or null when there is none. */
export function redisVersion(): string | null {
  try {
    return /v=(\S+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown";
  } catch {
    return null; // Not installed: the parts that need it are left out and said so.
  }
}
