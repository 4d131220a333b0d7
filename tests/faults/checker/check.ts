import { checkAudit } from "./audit.ts";
import { checkFeed } from "./feed.ts";
import { checkDeadlines } from "./deadlines.ts";
import { checkDebounce } from "./debounce.ts";
import type { History, Violation } from "./history.ts";
import { checkKeys } from "./keys.ts";
import { checkLimits } from "./limits.ts";
import { checkEffects, checkMoney } from "./money.ts";
import { checkPolicies } from "./policy.ts";
import { checkProviders } from "./providers.ts";
import { checkBulk, checkIncidents, checkLinks } from "./recovery.ts";
import { checkEndedStaysEnded, checkNothingLost, checkSettled } from "./jobs.ts";
import {
  checkDrains,
  checkOneRunAtATime,
  checkPauses,
  checkRunsInStreams,
  checkStops,
  checkWritesUnderLease,
} from "./runs.ts";
import { checkStreams } from "./streams.ts";
import { checkResumes, checkSignals } from "./waits.ts";

/** Judges a history by every promise that holds whatever fails. Empty: all were kept. */
export function check(history: History): Violation[] {
  return [
    checkNothingLost,
    checkOneRunAtATime,
    checkWritesUnderLease,
    checkRunsInStreams,
    checkStops,
    checkPauses,
    checkDrains,
    checkLimits,
    checkKeys,
    checkProviders,
    checkDeadlines,
    checkDebounce,
    checkPolicies,
    checkMoney,
    checkEffects,
    checkIncidents,
    checkBulk,
    checkLinks,
    checkResumes,
    checkSignals,
    checkStreams,
    checkAudit,
    checkEndedStaysEnded,
    checkFeed,
    checkSettled,
  ].flatMap((rule) => rule(history));
}
