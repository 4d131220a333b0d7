import { createHash } from "node:crypto";
import { check } from "./check.ts";
import type { History, RecordedEvent, RecordedJob } from "./history.ts";

const sha = (...parts: (string | Buffer)[]) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** A chained stream of (type, run, data), a hundred microseconds apart. */
export function stream(id: string, facts: [type: string, run: number | null, data?: object][]): RecordedEvent[] {
  let head: Buffer = sha(`holdpoint/1/${id}`);
  return facts.map(([type, run, data], index) => {
    const body = JSON.stringify({ stream: id, seq: index + 1, type, run, data });
    head = sha(head, body);
    return { stream: id, seq: index + 1, type, run, at: 100 * (index + 1), body, hash: head.toString("hex") };
  });
}

/** One job that was lost once and then succeeded, one that waits for a person, one stop in between. */
export function sound(): History {
  const first = stream("job-1", [
    ["submitted", null],
    ["queued", null, { policy: 1 }],
    ["running", 1],
    ["lost", 1],
    ["running", 2],
    ["step", 2],
    ["succeeded", 2],
  ]);
  const second = stream("job-2", [
    ["submitted", null],
    ["held", null],
  ]);
  const fleet = stream("fleet", [
    ["stop.engaged", null],
    ["stop.effective", null],
    ["stop.lifted", null],
  ]);
  return {
    jobs: [
      {
        id: "job-1",
        venture: "a",
        type: "t",
        queue: "job",
        state: "succeeded",
        blockedBy: null,
        runsLater: false,
        putOff: false,
        startBy: null,
        endBy: null,
        seq: 7,
        head: first[6]?.hash ?? "",
      },
      {
        id: "job-2",
        venture: "a",
        type: "t",
        queue: "job",
        state: "held",
        blockedBy: null,
        runsLater: false,
        putOff: false,
        startBy: null,
        endBy: null,
        seq: 2,
        head: second[1]?.hash ?? "",
      },
    ],
    runs: [
      { jobId: "job-1", runNo: 1, workerId: "w", token: "1", startedAt: 300, endedAt: 400, outcome: "lost" },
      { jobId: "job-1", runNo: 2, workerId: "w", token: "2", startedAt: 500, endedAt: 700, outcome: "succeeded" },
    ],
    jobEvents: [...first, ...second],
    ventureEvents: fleet,
    calls: [
      { verb: "submit", outcome: "ok", jobId: "job-1" },
      { verb: "submit", outcome: "info", jobId: null },
    ],
    writes: [{ jobId: "job-1", runNo: 2, token: "2", at: 600 }],
    stops: [{ block: "b", effectiveAt: 410, liftedAt: 490 }],
    pauses: [{ scope: "queue", key: "job", from: 410, until: 490 }],
    drains: [{ workerId: "w", from: 410, until: 490 }],
    limits: [{ what: "key acme/t/k", max: 1, jobIds: ["job-1", "job-2"] }],
    keys: [],
    providers: [],
    triggers: [],
    debounced: [],
    signals: [
      { jobId: "job-1", no: 1, id: "one", takenBy: "signal:go#1" },
      { jobId: "job-1", no: 2, id: "two", takenBy: null },
    ],
    sent: ["one", "two"],
    told: [{ jobId: "job-1", signal: "one" }],
    effects: [{ key: "holdpoint:job-1:charge", hasReceipt: true }],
    incidents: [],
    operations: [],
    links: [],
    charges: ["holdpoint:job-1:charge"],
    brokenMoney: [],
    audit: { breaks: [], packs: [], checkpoints: 2, anchors: 2 },
    seen: [...first, ...second, ...fleet].map(({ stream: id, seq }) => ({ stream: id, seq })),
    settledAfterMs: 900,
    settleBoundMs: 5000,
  };
}

/** The sound history with one thing broken. */
export function broken(breakIt: (history: History) => void): string[] {
  const history = sound();
  breakIt(history);
  return [...new Set(check(history).map((violation) => violation.rule))];
}

export function at<T>(items: T[], index: number): T {
  const item = items.at(index);
  if (item === undefined) throw new Error(`no item ${index}`);
  return item;
}

/** A sound history with further jobs and what happened to them, each stream with its runs. */
export function withJobs(...jobs: { job: Partial<RecordedJob> & { id: string }; facts: Fact[] }[]): History {
  const history = sound();
  for (const { job, facts } of jobs) {
    const events = stream(
      job.id,
      facts.map(([type, run, data]) => [type, run, data ?? {}]),
    ).map((event, n) => ({
      ...event,
      at: facts[n]?.[3] ?? event.at,
    }));
    history.jobEvents.push(...events);
    history.seen.push(...events.map(({ stream: id, seq }) => ({ stream: id, seq })));
    const base = {
      venture: "v",
      type: "t",
      queue: "job",
      state: "succeeded",
      blockedBy: null,
      runsLater: false,
      putOff: false,
    } as const;
    const row = { ...base, startBy: null, endBy: null, seq: events.length, head: events.at(-1)?.hash ?? "" };
    history.jobs.push({ ...row, ...job });
    for (const event of events) {
      if (event.type !== "running") continue;
      const ended = events.find((one) => one.seq > event.seq && one.run === event.run);
      const runNo = event.run ?? 0;
      const token = String(history.runs.length + 10);
      history.runs.push({
        jobId: job.id,
        runNo,
        workerId: "w2",
        token,
        startedAt: event.at,
        endedAt: ended?.at ?? null,
        outcome: ended?.type ?? null,
      });
    }
  }
  return history;
}

export type Fact = [type: string, run: number | null, data: object | undefined, at: number];

/** The rules that a history breaks. */
export function rulesOf(history: History): string[] {
  return [...new Set(check(history).map((violation) => violation.rule))];
}
