import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

/**
 * Brings the dashboard's production build up to its sources: a build that is older would be tested without a word. It is
 * cached, and takes about a second when nothing has changed. A server named by HOLDPOINT_E2E_SERVER is taken as it is.
 */
export default async function buildWeb(): Promise<void> {
  if (process.env["HOLDPOINT_E2E_SERVER"] !== undefined) return;
  const bin = join(ROOT, "node_modules/.bin");
  const child = spawn(join(bin, "turbo"), ["run", "build", "--filter=web", "--output-logs=errors-only"], {
    cwd: ROOT,
    env: {
      ...process.env,
      PATH: [bin, process.env["PATH"]].join(delimiter),
      DO_NOT_TRACK: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      TURBO_TELEMETRY_DISABLED: "1",
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0)
    throw new Error("The dashboard could not be built, so there is nothing to test; the reason is above.");
}
