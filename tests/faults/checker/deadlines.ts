import { dataOf, type History, type Violation } from "./history.ts";
import { streamsOf } from "./streams.ts";

/** The gate reads the deadline before it waits for the locks of limits and caps. */
const LOCKED_MICROS = 5_000_000;

/** Nothing starts past its deadlines, nothing expires before them, and what ran past its end ends and is not tried again. */
export function checkDeadlines(history: History): Violation[] {
  const streams = streamsOf(history.jobEvents);
  return history.jobs.flatMap((job) => {
    const { id, startBy, endBy } = job;
    const found: Violation[] = [];
    const say = (finding: string) => found.push({ rule: "deadlines", subject: id, finding });
    let runs = 0;
    let toEnd = false;
    for (const event of streams.get(id) ?? []) {
      const { reason } = dataOf(event);
      if (event.type === "running") {
        if (runs === 0 && startBy !== null && event.at > startBy + LOCKED_MICROS) say("it started after start_by");
        if (endBy !== null && event.at > endBy + LOCKED_MICROS) say("it started after end_by");
        if (toEnd) say("it ran again after end_by had ended its run");
        runs += 1;
      }
      if (typeof reason !== "string") continue;
      if (reason.startsWith("start_by_passed")) {
        if (startBy === null || event.at < startBy) say("it expired before start_by");
        if (runs > 0) say("it expired by start_by and had started");
      }
      if (reason.startsWith("end_by_passed")) {
        if (endBy === null || event.at < endBy) say(`${event.type} by end_by before it`);
        toEnd = true;
      }
    }
    return found;
  });
}
