import { createHash } from "node:crypto";
import type { History, RecordedEvent, Violation } from "./history.ts";

const sha256 = (...parts: (string | Buffer)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The events of each stream, by number. */
export function streamsOf(events: RecordedEvent[]): Map<string, RecordedEvent[]> {
  const streams = new Map<string, RecordedEvent[]>();
  for (const event of events) {
    const stream = streams.get(event.stream);
    if (stream) stream.push(event);
    else streams.set(event.stream, [event]);
  }
  for (const stream of streams.values()) stream.sort((a, b) => a.seq - b.seq);
  return streams;
}

/** Numbers 1, 2, 3 … without gaps, and hash(n) = sha256(hash(n−1) || body), from the stored bytes alone. */
export function checkStreams(history: History): Violation[] {
  const found: Violation[] = [];
  for (const [stream, events] of streamsOf([...history.jobEvents, ...history.ventureEvents])) {
    let head: Buffer = sha256(`holdpoint/1/${stream}`);
    for (const [index, event] of events.entries()) {
      if (event.seq !== index + 1) {
        found.push({
          rule: "numbers",
          subject: stream,
          finding: `event ${event.seq} stands where ${index + 1} belongs`,
        });
        break;
      }
      head = sha256(head, Buffer.from(event.body, "utf8"));
      if (head.toString("hex") !== event.hash) {
        found.push({
          rule: "hashes",
          subject: stream,
          finding: `the hash of event ${event.seq} is not that of its body`,
        });
        break;
      }
    }
  }
  const lengths = streamsOf(history.jobEvents);
  for (const job of history.jobs) {
    const last = lengths.get(job.id)?.at(-1);
    if (last?.seq !== job.seq || last.hash !== job.head) {
      found.push({
        rule: "heads",
        subject: job.id,
        finding: `its row says event ${job.seq}, its stream ends at ${last?.seq ?? 0}`,
      });
    }
  }
  return found;
}
