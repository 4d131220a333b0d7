/**
 * `npm test`: runs the parts (all, or those named), shows the time of each, and ends with the totals that the runners
 * counted. Exit code 0: all passed; 1: something failed; 2: usage.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { PARTS, type Part } from "./run/parts.ts";
import { runPart, type PartResult } from "./run/run-part.ts";
import { add, lastLine, NOTHING } from "./run/totals.ts";

const root = join(import.meta.dirname, "..");

const HELP = `npm test [-- PART…]     everything, or only the parts named

${PARTS.map((part) => `  ${part.name.padEnd(9)} ${part.what}`).join("\n")}

A part whose program is not installed is left out with one line said; with CI=true that fails, as does a skipped test.
HOLDPOINT_FAULT_SECONDS  length of the fault run per backend (default 60 with CI=true, else 20)
HOLDPOINT_FAULT_SEED     replay a fault run
HOLDPOINT_WEEK_JOBS      jobs of the simulated week (default 30000 with CI=true, else 10000; a whole week has 100000); HOLDPOINT_WEEK_DAYS its length
HOLDPOINT_WEEK_SEED      replay a week
`;

function chosen(names: readonly string[]): Part[] {
  const unknown = names.filter((name) => !PARTS.some((part) => part.name === name));
  if (unknown.length > 0) {
    console.error(`No part called ${unknown.join(", ")}. Parts: ${PARTS.map((part) => part.name).join(", ")}.`);
    process.exit(2);
  }
  return PARTS.filter((part) => names.length === 0 || names.includes(part.name));
}

function show(result: PartResult): string {
  const { passed, failed, skipped } = result.totals;
  const counts = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  const time = `${result.seconds.toFixed(1)} s`.padStart(9);
  return `  ${result.ok ? "ok  " : "FAIL"} ${result.name.padEnd(9)}${time}  ${counts}${result.note ? `  (${result.note})` : ""}`;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    console.log(HELP);
    return 0;
  }
  const parts = chosen(args);
  const ci = process.env["CI"] === "true";
  const reports = await mkdtemp(join(tmpdir(), "holdpoint-tests-"));
  const env = {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter),
    HOLDPOINT_FAULT_SECONDS: process.env["HOLDPOINT_FAULT_SECONDS"] ?? (ci ? "60" : "20"),
    HOLDPOINT_WEEK_JOBS: process.env["HOLDPOINT_WEEK_JOBS"] ?? (ci ? "30000" : "10000"),
    DO_NOT_TRACK: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    TURBO_TELEMETRY_DISABLED: "1",
  };
  const results: PartResult[] = [];
  try {
    for (const part of parts) {
      console.log(
        `\n── ${part.name}: ${part.what} ${"─".repeat(Math.max(3, 90 - part.name.length - part.what.length))}\n`,
      );
      const result = await runPart(part, { root, reports, ci, env });
      console.log(show(result));
      results.push(result);
    }
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
  console.log(`\n${results.map(show).join("\n")}\n`);
  console.log(lastLine(results.map((result) => result.totals).reduce(add, NOTHING)));
  return results.every((result) => result.ok) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
