/**
 * The test projects. A file's suffix says what it needs (CONTRIBUTING.md, "Tests"), and the project brings that.
 *
 * A part whose program is not installed is left out with one line said; with CI=true that is an error, so that a green
 * CI never means "not run".
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const inCi = process.env["CI"] === "true";
const installed = (program: string) =>
  (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));

/** Whether the part can run here; throws in CI when it can't. */
function canRun(part: string, program: string): boolean {
  if (installed(program)) return true;
  const message = `${part} tests need ${program}, which is not installed`;
  if (inCi) throw new Error(`${message}; CI=true requires every part`);
  process.stderr.write(`${message}: left out.\n`);
  return false;
}

// Checks of unit files need no service, only the tool: they run with the plain ones.
const systemd = canRun("systemd", "systemd-analyze") ? [] : ["**/*.systemd.test.ts"];
const NEEDS = ["db", "redis", "sandbox", "start", "faults", "week"] as const;
type Need = (typeof NEEDS)[number];
const DATABASE = "./packages/local/src/testing/global-setup.ts";
const OUT = ["**/node_modules/**", "**/.next/**", "**/.holdpoint/**", "tests/e2e/**"];

/** A project of all files with the suffix, each with the embedded PostgreSQL of its run. */
function needing(
  need: Need,
  options: { timeout: number; oneAtATime?: boolean; program?: string; ownServer?: boolean },
): TestProjectConfiguration {
  const runs = options.program === undefined || canRun(need, options.program);
  return {
    test: {
      name: need,
      include: runs ? [`**/*.${need}.test.ts`] : [],
      exclude: OUT,
      globalSetup: options.ownServer === true ? [] : [DATABASE],
      testTimeout: options.timeout,
      hookTimeout: Math.max(options.timeout, 60_000),
      fileParallelism: options.oneAtATime !== true,
    },
  };
}

export default defineConfig({
  test: {
    passWithNoTests: true,
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...OUT, ...systemd, ...NEEDS.map((need) => `**/*.${need}.test.ts`)],
          testTimeout: 10_000,
        },
      },
      needing("db", { timeout: 60_000 }),
      needing("redis", { timeout: 60_000, program: "redis-server" }),
      needing("sandbox", { timeout: 120_000, program: "bwrap", oneAtATime: true }),
      needing("start", { timeout: 300_000, oneAtATime: true }),
      needing("week", { timeout: 1_800_000, oneAtATime: true, ownServer: true }),
      needing("faults", { timeout: 600_000, oneAtATime: true, program: "redis-server" }),
    ],
  },
});
