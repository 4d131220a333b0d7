/**
 * Lives through the simulated week by hand:
 *   node tests/week/main.ts [--jobs 100000] [--days 7] [--seed N]
 * Prints the report and keeps it below test-results/week. Ends with 1 when a rule was broken.
 */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { startTestServer } from "@holdpoint/local/testing";
import { keepReport } from "./report.ts";
import { runWeek } from "./run-week.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: { jobs: { type: "string" }, days: { type: "string" }, seed: { type: "string" } },
});
const seed = Number(values.seed ?? randomInt(1_000_000_000));
const options = { seed, jobs: Number(values.jobs ?? 100_000), days: Number(values.days ?? 7) };
console.log(`seed ${seed}`);
const server = await startTestServer({ migrated: "auth only" });
try {
  const { report, found } = await runWeek({ ...options, adminUrl: server.adminUrl, tell: console.log });
  console.log(`\n${report}\n\nkept in ${keepReport(report, seed)}`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await server.close();
}
