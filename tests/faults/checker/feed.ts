import type { History, Violation } from "./history.ts";

/** A reader that was cut off at random saw each event exactly once, and each stream in order. */
export function checkFeed(history: History): Violation[] {
  const found: Violation[] = [];
  const seen = new Set<string>();
  const last = new Map<string, number>();
  for (const event of history.seen) {
    const key = `${event.stream}/${event.seq}`;
    if (seen.has(key)) found.push({ rule: "feed", subject: key, finding: "served twice" });
    seen.add(key);
    if (event.seq <= (last.get(event.stream) ?? 0))
      found.push({ rule: "feed", subject: key, finding: "served behind a later event" });
    last.set(event.stream, event.seq);
  }
  for (const event of [...history.jobEvents, ...history.ventureEvents]) {
    const key = `${event.stream}/${event.seq}`;
    if (!seen.has(key)) found.push({ rule: "feed", subject: key, finding: "never served" });
  }
  return found;
}
