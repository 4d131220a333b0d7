import { describe, expect, it } from "vitest";
import { PARTS } from "./parts.ts";
import { judge } from "./run-part.ts";
import { add, lastLine, NOTHING, readPlaywright, readVitest } from "./totals.ts";

const report = (more: object) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: "passed", assertionResults: [1, 2, 3] }],
  ...more,
});
const unit = PARTS.find((part) => part.name === "unit")!;
const verify = PARTS.find((part) => part.name === "verify")!;

describe("totals", () => {
  it("counts a file that could not be loaded as a failure", () => {
    const totals = readVitest(report({ testResults: [{ status: "failed", assertionResults: [] }] }));
    expect(totals).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  it("counts todo and pending as skipped", () => {
    expect(readVitest(report({ numPendingTests: 1, numTodoTests: 2 })).skipped).toBe(3);
  });

  it("counts a flaky Playwright test and an error outside a test as failed", () => {
    const stats = { expected: 5, unexpected: 1, flaky: 1, skipped: 2 };
    expect(readPlaywright({ stats, errors: [{}] })).toEqual({ passed: 5, failed: 3, skipped: 2 });
  });

  it("refuses a report of another shape", () => {
    expect(() => readVitest({ passed: 3 })).toThrow();
  });

  it("sums up and says it on the agreed line", () => {
    const sum = add(add(NOTHING, { passed: 2, failed: 0, skipped: 1 }), { passed: 40, failed: 1, skipped: 0 });
    expect(lastLine(sum)).toBe("tests: 42 passed, 1 failed");
  });
});

describe("judging a part", () => {
  const passed = { passed: 3, failed: 0, skipped: 0 };

  it("fails on a failed test, on an exit code, and on both", () => {
    expect(judge(unit, 0, { ...passed, failed: 1 }, false).ok).toBe(false);
    expect(judge(unit, 1, passed, false).ok).toBe(false);
    expect(judge(verify, 1, NOTHING, false)).toEqual({ ok: false, note: "exit code 1" });
  });

  it("allows a skipped or empty part on a laptop, not in CI", () => {
    expect(judge(unit, 0, { ...passed, skipped: 1 }, false).ok).toBe(true);
    expect(judge(unit, 0, { ...passed, skipped: 1 }, true).ok).toBe(false);
    expect(judge(unit, 0, NOTHING, false).ok).toBe(true);
    expect(judge(unit, 0, NOTHING, true)).toEqual({ ok: false, note: "ran no test" });
    expect(judge(verify, 0, NOTHING, true).ok).toBe(true);
  });
});
