import type { History, Violation } from "./history.ts";

/**
 * A reader that was cut off at random saw each event exactly once. Not: each stream in order. The feed is ordered by
 * transaction id, and a transaction may wait for a stream's row behind one with a higher id; readers order by `seq`.
 */
export function checkFeed(history: History): Violation[] {
  const found: Violation[] = [];
  const seen = new Set<string>();
  for (const event of history.seen) {
    const key = `${event.stream}/${event.seq}`;
    if (seen.has(key)) found.push({ rule: "feed", subject: key, finding: "served twice" });
    seen.add(key);
  }
  for (const event of [...history.jobEvents, ...history.ventureEvents]) {
    const key = `${event.stream}/${event.seq}`;
    if (!seen.has(key)) found.push({ rule: "feed", subject: key, finding: "never served" });
  }
  return found;
}
