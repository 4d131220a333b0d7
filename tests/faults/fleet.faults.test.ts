import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { runFaults } from "./harness/run-faults.ts";

const seed = Number(process.env["HOLDPOINT_FAULT_SEED"] ?? randomInt(1_000_000_000));
const seconds = Number(process.env["HOLDPOINT_FAULT_SECONDS"] ?? 60);

for (const backend of ["redis", "postgres"] as const) {
  test(`every promise holds under faults, on ${backend}`, { timeout: seconds * 1000 + 300_000 }, async () => {
    const tell = (line: string): void => console.log(`[${backend}] ${line}`);
    tell(`seed ${seed} (replay: HOLDPOINT_FAULT_SEED=${seed}), ${seconds} s`);
    const report = await runFaults({ backend, seed, seconds, tell });
    tell(
      `${report.jobs} jobs, ${report.runs} runs, ${report.events} events, ${report.charges} charges, ${report.signals} signals told, ${report.triggers} triggers, ${report.limited} calls told 429 and ${report.unserved} 503, ${report.workerStarts} worker starts, at rest after ${Math.round(report.settledAfterMs ?? -1)} ms; ` +
        [...report.faults].map(([name, count]) => `${name} × ${count}`).join(", "),
    );
    tell(
      [...report.seen]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([name, count]) => `${name} × ${count}`)
        .join(", "),
    );
    expect(report.violations).toEqual([]);
    expect(report.jobs).toBeGreaterThan(seconds);
    expect(report.charges).toBeGreaterThan(0);
    expect(report.signals).toBeGreaterThan(0);
    expect(report.seen.get("debounced: debounced") ?? 0).toBeGreaterThan(0);
    expect(report.leftInTime, "workers left within their time").toBe(true);
  });
}
