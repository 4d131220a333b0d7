import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startChild, tryLock } from "@holdpoint/local";
import type { FileLock } from "@holdpoint/local";
import { HoldpointError } from "@holdpoint/policy";
import { sourceHash } from "./source-hash.ts";

/** Where Next puts a server that needs nothing around it. */
export function serverFile(checkout: string): string {
  return path.join(checkout, "apps/web/.next/standalone/apps/web/server.js");
}

/** Whether the dashboard that is built is the one that the sources say, whole, and not another that was built since. */
export async function isBuilt(checkout: string): Promise<boolean> {
  const known = await readFile(markFile(checkout), "utf8").catch(() => "");
  if (!existsSync(serverFile(checkout)) || !existsSync(path.join(builtFolder(checkout), "static"))) return false;
  return known === markOf(await sourceHash(checkout), await buildId(checkout));
}

const markOf = (sources: string, build: string): string => `${sources} ${build}\n`;

function builtFolder(checkout: string): string {
  return path.join(path.dirname(serverFile(checkout)), ".next");
}

/** The name that Next gave the build; empty when there is none. */
async function buildId(checkout: string): Promise<string> {
  return (await readFile(path.join(builtFolder(checkout), "BUILD_ID"), "utf8").catch(() => "")).trim();
}

/**
 * Builds the dashboard for production unless this very state of its sources is built already. Two starts on different
 * data folders share one build.
 * @throws HoldpointError internal `web_build_failed`; the reason of `signal` when it is aborted.
 */
export async function buildWeb(checkout: string, logFile: string, signal: AbortSignal): Promise<void> {
  const lock = await takeBuildLock(checkout, signal);
  try {
    if (await isBuilt(checkout)) return;
    const hash = await sourceHash(checkout);
    await rm(markFile(checkout), { force: true });
    await runNextBuild(checkout, logFile, signal);
    await addStaticFiles(checkout);
    await writeFile(markFile(checkout), markOf(hash, await buildId(checkout)));
  } finally {
    lock.release();
  }
}

function markFile(checkout: string): string {
  return path.join(checkout, "apps/web/.next/holdpoint-sources");
}

async function takeBuildLock(checkout: string, signal: AbortSignal): Promise<FileLock> {
  const file = path.join(checkout, "apps/web/node_modules/.holdpoint-build.lock");
  await mkdir(path.dirname(file), { recursive: true });
  for (;;) {
    const lock = tryLock(file);
    if (lock) return lock;
    await delay(200, undefined, { signal });
  }
}

/** Next's own program, run by this very Node. */
export function nextProgram(checkout: string): string {
  const require = createRequire(path.join(checkout, "apps/web/package.json"));
  return path.join(path.dirname(require.resolve("next/package.json")), "dist/bin/next");
}

async function runNextBuild(checkout: string, logFile: string, signal: AbortSignal): Promise<void> {
  const child = startChild({
    args: [nextProgram(checkout), "build"],
    cwd: path.join(checkout, "apps/web"),
    env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", CI: "1" },
    logFile,
    stopMs: 2000,
  });
  const onAbort = (): void => void child.stop();
  signal.addEventListener("abort", onAbort, { once: true });
  const { code } = await child.ended;
  signal.removeEventListener("abort", onAbort);
  signal.throwIfAborted();
  if (code !== 0 || !existsSync(serverFile(checkout))) {
    throw new HoldpointError("internal", "web_build_failed", "The dashboard could not be built.", {
      remedy: `Read ${logFile}, or start without it: npm start -- --no-web`,
    });
  }
}

/** Next leaves out of its standalone folder what a CDN could serve; here the server does. */
async function addStaticFiles(checkout: string): Promise<void> {
  const web = path.join(checkout, "apps/web");
  const standalone = path.dirname(serverFile(checkout));
  await cp(path.join(web, ".next/static"), path.join(standalone, ".next/static"), { recursive: true });
  if (existsSync(path.join(web, "public"))) {
    await cp(path.join(web, "public"), path.join(standalone, "public"), { recursive: true });
  }
}
