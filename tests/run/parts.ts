/** The parts of `npm test`, in the order in which a failure is cheapest to learn. */
export interface Part {
  name: string;
  what: string;
  /** Program and arguments, run at the root of the repository. */
  command: (jsonFile: string) => string[];
  /** Who writes `jsonFile`; null: a check that counts no tests. */
  counts: "vitest" | "playwright" | null;
  env?: (jsonFile: string) => Record<string, string>;
  /** A program without which the part is left out (and fails in CI). */
  needs?: string;
}

const bin = (name: string) => `node_modules/.bin/${name}`;

const vitest = (name: string, what: string, more: Partial<Part> = {}): Part => ({
  name,
  what,
  counts: "vitest",
  command: (jsonFile) => [
    bin("vitest"),
    "run",
    "--project",
    name,
    "--reporter=default",
    "--reporter=json",
    // What a passing test prints is noise, but for the seed of a fault run and the week's report.
    ...(name === "faults" || name === "week" ? [] : ["--silent=passed-only"]),
    `--outputFile.json=${jsonFile}`,
  ],
  ...more,
});

export const PARTS: readonly Part[] = [
  {
    name: "verify",
    what: "format, lint, types, dead code",
    counts: null,
    command: () => [bin("pnpm"), "run", "verify"],
  },
  vitest("unit", "everything that needs nothing outside Node"),
  vitest("db", "the state machine, row-level security, schema: embedded PostgreSQL"),
  vitest("redis", "queues, runtime and hazards with a redis-server of their own", { needs: "redis-server" }),
  vitest("sandbox", "hostile builds in the sandbox", { needs: "bwrap" }),
  {
    name: "build",
    what: "the dashboard's production build",
    counts: null,
    command: () => [bin("turbo"), "run", "build"],
  },
  vitest("start", "npm start and the command line, as a newcomer runs them"),
  {
    name: "e2e",
    what: "the dashboard in Chromium",
    counts: "playwright",
    needs: "chromium",
    command: () => [
      "tests/node_modules/.bin/playwright",
      "test",
      "-c",
      "tests/e2e/playwright.config.ts",
      "--reporter=list,json",
    ],
    env: (jsonFile) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: jsonFile }),
  },
  vitest("week", "a simulated week of the fleet, and a checker of what an operator is promised"),
  vitest("faults", "fault harness and history checker, both queue backends", { needs: "redis-server" }),
];
