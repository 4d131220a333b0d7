import { expect, test } from "vitest";
import { check } from "./check.ts";
import type { History } from "./history.ts";
import { at, broken, sound, stream } from "./sound.ts";

test("a sound history passes", () => {
  expect(check(sound())).toEqual([]);
});

test("a first run by a decision of a policy that was not in force any more", () => {
  const activated = (when: number, version: number) => (h: History) =>
    h.ventureEvents.push(
      ...stream("other", [["policy.activated", null, { version }]]).map((event) => ({ ...event, at: when })),
    );
  expect(broken(activated(250, 2))).toContain("policies");
  expect(broken(activated(310, 2))).not.toContain("policies");
  expect(broken(activated(250, 1))).not.toContain("policies");
});

test("an acknowledged job that is not there", () => {
  expect(broken((h) => h.calls.push({ verb: "submit", outcome: "ok", jobId: "job-9" }))).toEqual(["nothing lost"]);
});

test("a submit of unknown outcome may be missing", () => {
  expect(broken((h) => h.calls.push({ verb: "submit", outcome: "info", jobId: "job-9" }))).toEqual([]);
});

test("a job that is queued for no reason", () => {
  expect(broken((h) => (at(h.jobs, 1).state = "queued"))).toEqual(["nothing lost"]);
});

test("a job that is submitted for no reason; one behind as many open approvals as there may be is visible", () => {
  const submitted = (putOff: boolean) =>
    broken((h) => {
      at(h.jobs, 1).state = "submitted";
      at(h.jobs, 1).putOff = putOff;
    });
  expect(submitted(false)).toEqual(["nothing lost"]);
  expect(submitted(true)).toEqual([]);
});

test("two runs at once of a concurrency key that allows one", () => {
  const second = { jobId: "job-2", runNo: 1, workerId: "w", token: "3", endedAt: 650, outcome: "lost" };
  expect(broken((h) => h.runs.push({ ...second, startedAt: 600 }))).toContain("limits");
  expect(broken((h) => h.runs.push({ ...second, startedAt: 400, endedAt: 500 }))).not.toContain("limits");
});

test("a job that is queued behind a block is visible", () => {
  expect(
    broken((h) => {
      at(h.jobs, 1).state = "queued";
      at(h.jobs, 1).blockedBy = "stop:everything";
    }),
  ).toEqual([]);
});

test("an effect that happened twice, or never though it has a receipt", () => {
  expect(broken((h) => h.charges.push("holdpoint:job-1:charge"))).toEqual(["effects"]);
  expect(broken((h) => (h.charges = []))).toEqual(["effects"]);
  expect(broken((h) => (at(h.effects, 0).hasReceipt = false))).toEqual([]);
});

/** job-2 was quarantined and discarded by an operation, edited into job-1. */
function recovered(breakIt: (history: History) => void): string[] {
  return broken((h) => {
    const old = stream("job-2", [
      ["submitted", null],
      ["queued", null, { policy: 1 }],
      ["running", 1],
      ["quarantined", 1],
      ["resubmitted", null],
      ["decision.discarded", null],
    ]);
    h.jobEvents = [...h.jobEvents.filter((event) => event.stream !== "job-2"), ...old];
    Object.assign(at(h.jobs, 1), { state: "discarded", seq: old.length, head: at(old, -1).hash });
    h.runs.push({
      jobId: "job-2",
      runNo: 1,
      workerId: "w2",
      token: "3",
      startedAt: 300,
      endedAt: 400,
      outcome: "failed",
    });
    h.stops = [];
    h.pauses = [];
    h.limits = [];
    h.drains = [];
    h.seen = h.seen.filter((seen) => seen.stream !== "job-2");
    h.seen.push(...old.map(({ stream: id, seq }) => ({ stream: id, seq })));
    const closed = { id: "i", jobId: "job-2", state: "quarantined", resolution: "discard", undone: false };
    h.incidents = [{ ...closed, openedAt: 400, resolvedAt: 600 }];
    h.operations = [
      { id: "o", verb: "discard", asOf: 500, state: "done", items: [{ incidentId: "i", state: "done", first: false }] },
    ];
    breakIt(h);
  });
}

test("a record that is missing, left open, of another state, or one too many", () => {
  expect(recovered(() => undefined)).toEqual([]);
  expect(recovered((h) => ((h.incidents = []), (h.operations = [])))).toEqual(["incidents"]);
  expect(recovered((h) => (at(h.incidents, 0).resolvedAt = null))).toEqual(["incidents"]);
  expect(recovered((h) => h.incidents.push({ ...at(h.incidents, 0), id: "j" }))).toEqual(["incidents"]);
});

test("an operation that touches what came later, decides otherwise, or never ends", () => {
  expect(recovered((h) => (at(h.operations, 0).asOf = 399))).toEqual(["bulk"]);
  expect(recovered((h) => (at(h.operations, 0).verb = "release"))).toEqual(["bulk"]);
  const firstOfTwo = (h: History): void => {
    at(h.operations, 0).verb = "release";
    at(at(h.operations, 0).items, 0).first = true;
  };
  expect(recovered(firstOfTwo)).toEqual([]);
  expect(recovered((h) => (at(h.operations, 0).state = "running"))).toEqual(["bulk"]);
  expect(recovered((h) => (at(at(h.operations, 0).items, 0).state = "pending"))).toEqual(["bulk"]);
});

test("an edit that is told on one side only, or whose old job goes on", () => {
  const link = { jobId: "job-1", ofJob: "job-2", kind: "edit" } as const;
  expect(recovered((h) => h.links.push(link))).toEqual(["links"]);
  const other = { jobId: "job-2", ofJob: "job-1", kind: "replay" } as const;
  expect(recovered((h) => h.links.push(other))).toEqual(["links"]);
  expect(recovered((h) => h.links.push({ ...link, ofJob: "job-9" }))).toEqual(["links"]);
});

test("a rule of money that was broken", () => {
  expect(broken((h) => h.brokenMoney.push({ rule: "money", subject: "sum", finding: "5" }))).toEqual(["money"]);
});

test("a break that audit verify names, in the database or in a job's proof; nothing sealed, or not anchored", () => {
  const named = {
    kind: "event_changed",
    stream: "job-1",
    seq: 2,
    checkpoint: null,
    expected: "a",
    found: "b",
  } as const;
  expect(broken((h) => h.audit.breaks.push(named))).toEqual(["audit"]);
  expect(broken((h) => h.audit.packs.push(named))).toEqual(["audit"]);
  expect(broken((h) => (h.audit = { ...h.audit, checkpoints: 0, anchors: 0 }))).toEqual(["audit"]);
  expect(broken((h) => (h.audit.anchors = 1))).toEqual(["audit"]);
});

test("two runs at once", () => {
  expect(broken((h) => (at(h.runs, 0).endedAt = 550))).toContain("one run at a time");
});

test("a token that does not grow", () => {
  expect(
    broken((h) => {
      at(h.runs, 1).token = "1";
      at(h.writes, 0).token = "1";
    }),
  ).toEqual(["fencing"]);
});

test("a write under a dead token", () => {
  expect(broken((h) => (at(h.writes, 0).token = "1"))).toEqual(["writes under lease"]);
});

test("a write after its run had ended", () => {
  expect(broken((h) => (at(h.writes, 0).at = 701))).toEqual(["writes under lease"]);
});

test("a run's event after the run was closed", () => {
  expect(broken((h) => (at(h.jobEvents, 5).run = 1))).toEqual(["runs in streams"]);
});

test("a run that starts while another is open", () => {
  expect(broken((h) => (at(h.jobEvents, 3).type = "step"))).toContain("runs in streams");
});

test("a claim under a stop", () => {
  expect(broken((h) => (at(h.stops, 0).liftedAt = null))).toEqual(["stops"]);
});

test("a gap in the numbers", () => {
  expect(broken((h) => h.ventureEvents.splice(1, 1))).toContain("numbers");
});

test("a body that was changed", () => {
  expect(broken((h) => (at(h.jobEvents, 2).body += " "))).toEqual(["hashes"]);
});

test("a head that lags behind its stream", () => {
  expect(broken((h) => (at(h.jobs, 0).seq = 6))).toEqual(["heads"]);
});

test("an ended job that moves again", () => {
  expect(
    broken((h) => {
      const events = stream("job-3", [
        ["submitted", null],
        ["canceled", null],
        ["queued", null],
      ]);
      h.jobEvents.push(...events);
      h.seen.push(...events);
    }),
  ).toEqual(["ended stays ended"]);
});

test("a late result after the end is only noted", () => {
  expect(
    broken((h) => {
      const events = stream("job-3", [
        ["submitted", null],
        ["canceled", null],
        ["late_result", null],
        ["effect.corrected", null],
      ]);
      h.jobEvents.push(...events);
      h.seen.push(...events);
    }),
  ).toEqual([]);
});

test("an event served twice or never", () => {
  expect(broken((h) => h.seen.push({ stream: "job-2", seq: 2 }))).toEqual(["feed"]);
  expect(broken((h) => h.seen.pop())).toEqual(["feed"]);
});

test("a fleet that does not come to rest", () => {
  expect(broken((h) => (h.settledAfterMs = null))).toEqual(["settles"]);
  expect(broken((h) => (h.settledAfterMs = 6000))).toEqual(["settles"]);
});

test("a run claimed in a paused scope", () => {
  expect(broken((h) => (at(h.pauses, 0).until = null))).toEqual(["pauses"]);
  expect(broken((h) => h.pauses.push({ scope: "type", key: "t", from: 290, until: 310 }))).toEqual(["pauses"]);
  expect(broken((h) => h.pauses.push({ scope: "lane", key: "eval", from: 0, until: null }))).toEqual([]);
});

test("a run claimed by a worker that was drained or killed", () => {
  expect(broken((h) => (at(h.drains, 0).until = null))).toEqual(["drains"]);
  expect(broken((h) => h.drains.push({ workerId: "other", from: 0, until: null }))).toEqual([]);
});

test("a signal that is lost, told twice, or told out of order", () => {
  expect(broken((h) => h.sent.push("three"))).toEqual(["signals"]);
  expect(broken((h) => h.told.push({ jobId: "job-2", signal: "one" }))).toContain("signals");
  expect(broken((h) => h.told.push({ jobId: "job-1", signal: "two" }))).toEqual(["signals"]);
  expect(broken((h) => (at(h.signals, 1).takenBy = "signal:go#1"))).toEqual(["signals"]);
});

test("a parked job that runs before its time, its signal or an answer", () => {
  const parked = (...facts: [string, number | null, object?][]) =>
    broken((h) => {
      const events = stream("job-3", [["submitted", null], ["running", 1], ...facts]);
      h.jobEvents.push(...events);
      h.seen.push(...events);
    }).filter((rule) => rule === "resumes");
  expect(parked(["parked", 1, { until: 10_000 }], ["running", 2])).toEqual(["resumes"]);
  expect(parked(["parked", 1, { until: 350 }], ["running", 2])).toEqual([]);
  expect(parked(["parked", 1, { until: 10_000 }], ["signal", null, { woke: true }], ["running", 2])).toEqual([]);
  expect(parked(["parked", 1, { until: 10_000 }], ["signal", null, { woke: false }], ["running", 2])).toEqual([
    "resumes",
  ]);
  const held: [string, number, object] = ["held", 1, { reason: "approval_in_run" }];
  expect(parked(held, ["running", 2])).toEqual(["resumes"]);
  expect(parked(held, ["decision.approved", null], ["running", 2])).toEqual([]);
  const undone: [string, null, object] = ["decision.undone", null, { call: "approval:approval#1" }];
  expect(parked(held, ["decision.approved", null], undone, ["running", 2])).toEqual(["resumes"]);
});
