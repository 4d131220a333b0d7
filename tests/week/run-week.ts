import type { Violation } from "../faults/checker/history.ts";
import { checkWeek } from "./checks/check-week.ts";
import { reportOf } from "./report.ts";
import { liveThrough, type WeekOptions } from "./sim/week.ts";

export interface WeekOutcome {
  found: Violation[];
  report: string;
  submitted: number;
  deeds: number;
  /** What was done to the fleet and what people did, by name. */
  tally: ReadonlyMap<string, number>;
}

/** Lives through the week, judges it, and tells of it. */
export async function runWeek(options: WeekOptions): Promise<WeekOutcome> {
  await using stack = new AsyncDisposableStack();
  const begun = performance.now();
  const week = await liveThrough(options, stack);
  const lived = performance.now();
  const found = await checkWeek(week);
  const seconds = { lived: (lived - begun) / 1_000, checked: (performance.now() - lived) / 1_000 };
  const { seed, jobs, days } = options;
  const report = await reportOf(week, found, { seed, jobs, days, seconds });
  return { found, report, submitted: week.submitted, deeds: week.deeds.length, tally: week.tally };
}
