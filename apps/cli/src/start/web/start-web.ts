import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startChild, supervise } from "@holdpoint/local";
import type { Child, LocalStack, Supervised } from "@holdpoint/local";
import { HoldpointError } from "@holdpoint/policy";
import { nextProgram, serverFile } from "./build-web.ts";

export interface WebOptions {
  checkout: string;
  stack: LocalStack;
  dev: boolean;
  signal: AbortSignal;
  say: (line: string) => void;
}

const READY_MS = 60_000;

/**
 * Starts the dashboard and returns once its health address answers.
 * @throws HoldpointError internal `web_failed`; the reason of `signal` when it is aborted.
 */
export async function startWeb(options: WebOptions): Promise<Supervised<Child>> {
  return await supervise({ name: "The dashboard", start: () => startOnce(options), say: options.say });
}

async function startOnce({ checkout, stack, dev, signal }: WebOptions): Promise<Child> {
  const { port } = new URL(stack.siteUrl);
  const logFile = path.join(stack.dataDir.logs, "web.log");
  const script = dev
    ? [nextProgram(checkout), "dev", "--port", port, "--hostname", "127.0.0.1"]
    : [serverFile(checkout)];
  const child = startChild({
    args: script,
    cwd: path.join(checkout, "apps/web"),
    env: {
      NODE_ENV: dev ? "development" : "production",
      NEXT_TELEMETRY_DISABLED: "1",
      PORT: port,
      HOSTNAME: "127.0.0.1",
      NEXT_PUBLIC_SUPABASE_URL: stack.restUrl,
      NEXT_PUBLIC_SUPABASE_ANON_KEY: stack.anonKey,
      HOLDPOINT_WEB_DATABASE_URL: stack.urls.web,
    },
    logFile,
    stopMs: 8000,
  });
  if (await answers(child, `${stack.siteUrl}/api/health`, signal)) return child;
  await child.stop();
  signal.throwIfAborted();
  throw new HoldpointError("internal", "web_failed", "The dashboard did not start.", { remedy: `Read ${logFile}` });
}

async function answers(child: Child, url: string, signal: AbortSignal): Promise<boolean> {
  const ended = child.ended.then(() => true);
  const deadline = performance.now() + READY_MS;
  while (performance.now() < deadline && !signal.aborted) {
    try {
      // Any answer will do: what it says about the fleet is for the health scan.
      const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(5000) });
      await response.body?.cancel();
      return true;
    } catch {
      if (await Promise.race([ended, delay(50, false)])) return false;
    }
  }
  return false;
}
