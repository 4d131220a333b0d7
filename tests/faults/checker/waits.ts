import { dataOf, type History, type Violation } from "./history.ts";
import { streamsOf } from "./streams.ts";

/** Answers after which a job that its run's question held may run again. */
const ANSWERS = new Set(["decision.approved", "request.rejected", "request.expired"]);

/** A parked job runs again only when its time has come, its signal woke it, or a person (or nobody in time) answered. */
export function checkResumes(history: History): Violation[] {
  const found: Violation[] = [];
  for (const [stream, events] of streamsOf(history.jobEvents)) {
    let until: number | null = null;
    let asked = false;
    for (const event of events) {
      const data = dataOf(event);
      if (event.type === "parked") until = Number(data["until"]);
      else if (event.type === "held" && data["reason"] === "approval_in_run") asked = true;
      else if (event.type === "signal" && data["woke"] === true) until = null;
      else if (ANSWERS.has(event.type)) {
        asked = false;
        until = null;
      } else if (event.type === "decision.undone" && data["call"] !== undefined) asked = true;
      else if (event.type === "running") {
        const subject = `${stream} run ${event.run}`;
        if (asked) found.push({ rule: "resumes", subject, finding: "nobody had answered what the run before asked" });
        if (until !== null && event.at < until) {
          found.push({ rule: "resumes", subject, finding: "neither its time had come nor its signal" });
        }
        until = null;
        asked = false;
      }
    }
  }
  return found;
}

/** Each signal that was acknowledged is there, went to one call at most, and calls got theirs in order. */
export function checkSignals(history: History): Violation[] {
  const found: Violation[] = [];
  const known = new Set(history.signals.map((signal) => signal.id));
  for (const id of history.sent) {
    if (!known.has(id))
      found.push({ rule: "signals", subject: id, finding: "it was acknowledged, and it is not there" });
  }
  const told = new Map<string, number>();
  for (const { jobId, signal } of history.told) {
    told.set(signal, (told.get(signal) ?? 0) + 1);
    if (!history.signals.some((one) => one.id === signal && one.jobId === jobId && one.takenBy !== null)) {
      found.push({ rule: "signals", subject: signal, finding: "a run was told of it, and it was not taken" });
    }
  }
  for (const [signal, times] of told) {
    if (times > 1) found.push({ rule: "signals", subject: signal, finding: `it was told ${times} times` });
  }
  const last = new Map<string, { no: number; call: string }>();
  for (const { jobId, no, id, takenBy } of history.signals.toSorted((a, b) => a.no - b.no)) {
    if (takenBy === null) continue;
    const before = last.get(jobId);
    if (before !== undefined && before.call >= takenBy) {
      found.push({
        rule: "signals",
        subject: id,
        finding: `${takenBy} got it after ${before.call} got an earlier one`,
      });
    }
    last.set(jobId, { no, call: takenBy });
  }
  return found;
}
