import { formatDuration } from "../duration.ts";
import type { ClassRule } from "../failure.ts";
import type { RecoveryPlan, ReviewWhen } from "../recovery.ts";
import type { RetryRules } from "../retry-tiers.ts";
import type { ErrorClass } from "../states.ts";

/** A tier for people: "3 retries, the first after 10 s, doubling up to 10 m". */
export function tierWords({ retries, backoff, baseMs, maxMs, retriesByItself }: RetryRules): string {
  if (retries === 0) return "no retry: the first failure is the last";
  const count = retries === 1 ? "1 retry" : `${retries} retries, the first`;
  const grows =
    backoff === "exponential" ? `doubling up to ${formatDuration(maxMs)}` : `growing up to ${formatDuration(maxMs)}`;
  const wait = backoff === "none" ? "at once" : `after ${formatDuration(baseMs)}`;
  const later = backoff === "none" || retries === 1 ? "" : `, ${grows}`;
  return `${count} ${wait}${later}${retriesByItself ? "" : "; a person releases it"}`;
}

/** What becomes of a failure of a class, for people: "retried; used up: dead, with effects quarantined". */
export function classWords(name: ErrorClass, { retry, used_up: usedUp }: ClassRule): string {
  if (name === "unsafe") return "quarantined at once";
  const end = usedUp === "dead" ? "dead, with effects quarantined" : "quarantined";
  return retry ? `retried; used up: ${end}` : `not retried: ${end}`;
}

const REVIEW: Readonly<Record<ReviewWhen, string>> = {
  required: "a person looks",
  if_effects: "a person looks if it has effects",
  if_paid: "a person looks if it may cost",
  no: "nobody need look",
};
const spaced = (names: readonly string[]): string => names.join(", ").replaceAll("_", " ");

/** Which failures a plan is for: "lost: poison job", "transient or timeout". */
export function recoveryFor({ classes, reasons }: RecoveryPlan): string {
  return `${classes.join(" or ").replaceAll("_", " ")}${reasons === null ? "" : `: ${spaced(reasons)}`}`;
}

/** A recovery plan for people: what to look at, what to do, and how often. */
export function recoveryWords({ checks, steps, rollback, review, maxReleases }: RecoveryPlan): string {
  const look = checks.length === 0 ? "" : `look at ${spaced(checks)}; `;
  const back = rollback === "none" ? "" : "; back to the last good artifact";
  const often = maxReleases === 1 ? "once" : `${maxReleases} times`;
  return `${look}then ${spaced(steps)}${back}. ${REVIEW[review]}; released at most ${often}.`.replace(
    /\. (.)/,
    (_all, letter: string) => `. ${letter.toUpperCase()}`,
  );
}
