import type { Violation } from "../../faults/checker/history.ts";
import type { LivedWeek } from "../sim/week.ts";
import { checkHistory } from "./history.ts";
import { checkCaps, checkDeeds, checkPeriods } from "./money.ts";
import { checkGate, checkRetries, checkSubmits, checkUnsafe } from "./rules.ts";
import { checkDryRuns, checkFirstStarts, checkRetention, checkStanding } from "./promises.ts";
import { checkStopsOfAllScopes } from "./stops.ts";
import { checkTimes } from "./time.ts";

/** What an operator who left the fleet alone for a week is promised, judged from the database and the provider's record. */
export async function checkWeek(week: LivedWeek): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const rule of [
    checkHistory,
    checkCaps,
    checkPeriods,
    checkDeeds,
    checkGate,
    checkRetries,
    checkUnsafe,
    checkStopsOfAllScopes,
    checkSubmits,
    checkFirstStarts,
    checkDryRuns,
    checkStanding,
    checkRetention,
    checkTimes,
  ]) {
    found.push(...(await rule(week)));
  }
  return found;
}
