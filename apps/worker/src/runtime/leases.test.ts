import { performance } from "node:perf_hooks";
import type { ClaimedRow } from "@holdpoint/db/runtime";
import { RunAborted } from "@holdpoint/sdk";
import { afterEach, expect, test, vi } from "vitest";
import { createLog } from "../log.ts";
import { ActiveRun } from "./active-run.ts";
import { elapsedMs, moment } from "./clock.ts";
import { LeaseClock } from "./lease-clock.ts";
import { OpenRuns } from "./open-runs.ts";

afterEach(() => vi.restoreAllMocks());

/** Moves one of the process's clocks, as a sleep, a frozen virtual machine or an operator would. */
function move(clock: "wall" | "monotonic", ms: number): void {
  if (clock === "wall") {
    const real = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(real + ms);
  } else {
    const real = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(real + ms);
  }
}

const row: ClaimedRow = {
  ord: 1,
  job_id: "j",
  verdict: "claimed",
  token: "1",
  run_no: 1,
  lease_ms: 300_000,
  type: "t",
  type_version: 1,
  venture: "v",
  payload: {},
  refs: null,
  timeout_ms: 60_000,
  deaths: 0,
};

test.each(["wall", "monotonic"] as const)("time counts as passed when the %s clock says so", (clock) => {
  const then = moment();
  move(clock, 5_000);
  expect(elapsedMs(then)).toBeGreaterThanOrEqual(5_000);
});

test("a wall clock that is set back takes nothing away", () => {
  const then = moment();
  move("wall", -3_600_000);
  expect(elapsedMs(then)).toBeGreaterThanOrEqual(0);
});

test("no new work at L/2 without a renewal, counted from when the renewal was sent", () => {
  const clock = new LeaseClock(300_000);
  expect(clock.mayClaim()).toBe(true);
  const sent = moment();
  move("monotonic", 149_000);
  expect(clock.mayClaim()).toBe(true);
  vi.restoreAllMocks();
  move("monotonic", 150_001);
  clock.renewed(sent);
  expect(clock.mayClaim()).toBe(false);
  clock.renewed(moment());
  expect(clock.mayClaim()).toBe(true);
});

test("handlers are aborted at L - L/10, at their time limit, and told once why", () => {
  const stuck: ActiveRun[] = [];
  const runs = new OpenRuns({
    log: createLog("silent", "test"),
    stuckAfterMs: 10_000,
    onStuck: (run) => stuck.push(run),
  });
  const [long, short] = [
    new ActiveRun({ ...row, timeout_ms: 900_000 }, moment()),
    new ActiveRun({ ...row, token: "2" }, moment()),
  ];
  runs.add(long);
  runs.add(short);
  move("monotonic", 60_001);
  runs.watch();
  expect(short.signal.reason).toMatchObject({ why: "timeout" });
  expect(long.signal.aborted).toBe(false);
  vi.restoreAllMocks();
  move("monotonic", 270_001);
  runs.watch();
  expect(long.signal.reason).toBeInstanceOf(RunAborted);
  expect(long.signal.reason).toMatchObject({ why: "lost" });
  // The signal fired for the time limit; that the lease is lost now decides what becomes of the run.
  expect(short.aborted).toMatchObject({ why: "lost" });
  expect(stuck).toEqual([short]);
  runs.close();
});

test("a signal that is asked for after the abort has fired already", () => {
  const run = new ActiveRun(row, moment());
  run.abort("canceled");
  run.abort("timeout");
  expect(run.signal.aborted).toBe(true);
  expect(run.signal.reason).toMatchObject({ why: "canceled" });
  expect(run.signalSoFar).toBe(run.signal);
});

test("what is canceled or stopped is aborted, also when its claim's answer comes later", () => {
  const runs = new OpenRuns({ log: createLog("silent", "test"), stuckAfterMs: 10_000, onStuck: () => undefined });
  const [here, coming, other] = ["1", "2", "3"].map(
    (token) => new ActiveRun({ ...row, token, job_id: `j${token}` }, moment()),
  );
  if (here === undefined || coming === undefined || other === undefined) throw new Error("three runs");
  runs.add(here);
  runs.abortJobs(["j2"], ["j1"]);
  expect(here.aborted).toMatchObject({ why: "stopped" });
  runs.add(coming);
  runs.add(other);
  expect(coming.aborted).toMatchObject({ why: "canceled" });
  expect(other.aborted).toBeNull();
  // The stop was lifted and the job is back: the new reading no longer names it.
  runs.abortJobs([], []);
  const again = new ActiveRun({ ...row, token: "4", job_id: "j1" }, moment());
  runs.add(again);
  expect(again.aborted).toBeNull();
  runs.close();
});
