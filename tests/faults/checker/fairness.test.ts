/** Histories that break the rules of limits: keys, providers, deadlines, debounce. */
import { expect, test } from "vitest";
import type { History, RecordedKey } from "./history.ts";
import { at, rulesOf, stream, withJobs, type Fact } from "./sound.ts";

type Strategy = RecordedKey["strategy"];
const POLICY = { policy: 1 };

/** Two jobs of one key: the first runs from 2,000 to 3,000, the second comes at 2,500. */
function keyed(strategy: Strategy, ...then: Fact[]): History {
  const history = withJobs(
    {
      job: { id: "k-1" },
      facts: [
        ["submitted", null, {}, 1_900],
        ["queued", null, POLICY, 1_950],
        ["running", 1, {}, 2_000],
        ["succeeded", 1, {}, 3_000],
      ],
    },
    {
      job: { id: "k-2", state: "canceled" },
      facts: [["submitted", null, {}, 2_400], ["queued", null, POLICY, 2_500], ...then],
    },
  );
  history.keys = [{ what: "v/t/k", strategy, jobIds: ["k-1", "k-2"] }];
  return history;
}

const canceled = (reason: string, when: number) => ["canceled", null, { reason }, when] as Fact;

test("a job that is skipped though its type does not skip, though none was there, or after it had run", () => {
  expect(rulesOf(keyed("skip", canceled("concurrency_key_busy", 2_500)))).toEqual([]);
  expect(rulesOf(keyed("queue", canceled("concurrency_key_busy", 2_500)))).toEqual(["keys"]);
  expect(rulesOf(keyed("skip", canceled("concurrency_key_busy", 3_001)))).toEqual(["keys"]);
  const ran = keyed("skip", ["running", 1, {}, 2_600], ["lost", 1, {}, 2_700], canceled("concurrency_key_busy", 2_800));
  expect(rulesOf(ran)).toEqual(["keys"]);
});

test("a job that is superseded by none, or by the rules of another strategy", () => {
  const old = (strategy: Strategy, type: string) => {
    const history = keyed(strategy, ["running", 1, {}, 3_100], ["succeeded", 1, {}, 3_200]);
    at(history.jobs, -1).state = "succeeded";
    const fact = { reason: "superseded" };
    const events = stream("k-1", [
      ["submitted", null],
      ["queued", null, POLICY],
      ["running", 1],
      [type, 1, fact],
      ["canceled", 1, fact],
    ]).map((event, n) => ({ ...event, at: [1_900, 1_950, 2_000, 2_500, 3_000][n] ?? 0 }));
    history.jobEvents = [...history.jobEvents.filter((event) => event.stream !== "k-1"), ...events];
    history.seen.push({ stream: "k-1", seq: 5 });
    Object.assign(at(history.jobs, -2), { state: "canceled", seq: 5, head: at(events, -1).hash });
    return history;
  };
  expect(rulesOf(old("cancel_old", "cancel_requested"))).toEqual([]);
  expect(rulesOf(old("queue", "cancel_requested"))).toEqual(["keys"]);
  expect(rulesOf(old("newest_waiting", "cancel_requested"))).toEqual(["keys"]);
  const alone = old("cancel_old", "cancel_requested");
  at(alone.keys, 0).jobIds = ["k-1"];
  expect(rulesOf(alone)).toEqual(["keys"]);
});

test("an old job that starts after the newer one that superseded it", () => {
  const again = keyed("cancel_old", ["running", 1, {}, 1_960], ["succeeded", 1, {}, 1_990]);
  at(again.jobs, -1).state = "succeeded";
  expect(rulesOf(again)).toEqual(["keys"]);
});

/** Runs of jobs that call the provider "p", so many microseconds long, at these times. */
function calling(starts: readonly number[], long = 10): History {
  const history = withJobs(
    ...starts.map((when, n) => ({
      job: { id: `c-${n}`, type: "calls" },
      facts: [
        ["submitted", null, {}, 1_000],
        ["queued", null, POLICY, 1_001],
        ["running", 1, {}, when],
        ["succeeded", 1, {}, when + long],
      ] as Fact[],
    })),
  );
  history.providers = [
    { name: "p", types: ["calls"], rate: { max: 1, perMicros: 100 }, pauseAlerts: 0, outageAlerts: 0 },
  ];
  return history;
}

function tell(history: History, ...facts: [type: string, when: number, wakeAt?: number][]): History {
  const events = stream(
    "fleet-2",
    facts.map(([type, , wakeAt]) => [type, null, { provider: "p", wake_at: wakeAt }]),
  ).map((event, n) => ({ ...event, at: facts[n]?.[1] ?? 0 }));
  history.ventureEvents.push(...events);
  history.seen.push(...events.map(({ stream: id, seq }) => ({ stream: id, seq })));
  Object.assign(at(history.providers, 0), {
    pauseAlerts: facts.filter(([type]) => type === "provider.paused").length,
    outageAlerts: facts.filter(([type]) => type === "provider.down").length,
  });
  return history;
}

test("more starts with a provider than its rate allows", () => {
  expect(rulesOf(calling([2_000, 2_050, 2_100]))).toEqual([]);
  expect(rulesOf(calling([2_000, 2_050, 2_099]))).toEqual(["providers"]);
});

test("a start while the provider is paused; an alert too many", () => {
  const paused = () => tell(calling([2_000]), ["provider.paused", 1_990, 2_010], ["provider.resumed", 2_020]);
  expect(rulesOf(paused())).toEqual(["providers"]);
  expect(rulesOf(tell(calling([2_000]), ["provider.paused", 1_900, 2_000]))).toEqual([]);
  const loud = tell(calling([2_000]), ["provider.paused", 1_900, 2_000]);
  at(loud.providers, 0).pauseAlerts = 2;
  expect(rulesOf(loud)).toEqual(["providers"]);
});

test("two tries at once while the provider is down; an outage that is told of twice, or not by turns", () => {
  const outage = (starts: number[], long: number) =>
    tell(calling(starts, long), ["provider.down", 1_990], ["provider.up", 9_000]);
  expect(rulesOf(outage([2_000, 3_000], 1_000))).toEqual([]);
  expect(rulesOf(outage([2_000, 3_000], 1_001))).toEqual(["providers"]);
  const loud = outage([2_000], 10);
  at(loud.providers, 0).outageAlerts = 3;
  expect(rulesOf(loud)).toEqual(["providers"]);
  expect(rulesOf(tell(calling([2_000]), ["provider.down", 1_990], ["provider.down", 1_995]))).toEqual(["providers"]);
});

const S = 1_000_000;

/** One job with deadlines at these seconds. */
function due(startBy: number | null, endBy: number | null, ...facts: Fact[]): History {
  const bound = { startBy: startBy === null ? null : startBy * S, endBy: endBy === null ? null : endBy * S };
  const state = facts.some(([type]) => type === "expired") ? "expired" : "succeeded";
  return withJobs({
    job: { id: "d", state, ...bound },
    facts: [["submitted", null, {}, 0], ["queued", null, POLICY, 1], ...facts],
  });
}

test("a job that starts past a deadline, or expires before it", () => {
  const ran = (when: number): Fact[] => [
    ["running", 1, {}, when],
    ["succeeded", 1, {}, when + 1],
  ];
  expect(rulesOf(due(10, null, ...ran(14 * S)))).toEqual([]);
  expect(rulesOf(due(10, null, ...ran(16 * S)))).toEqual(["deadlines"]);
  expect(rulesOf(due(null, 10, ...ran(16 * S)))).toEqual(["deadlines"]);
  const expired = (reason: string, when: number) =>
    ["expired", null, { reason }, when] as ["expired", null, object, number];
  expect(rulesOf(due(10, null, expired("start_by_passed", 11 * S)))).toEqual([]);
  expect(rulesOf(due(10, null, expired("start_by_passed", 9 * S)))).toEqual(["deadlines"]);
  expect(rulesOf(due(null, 10, expired("start_by_passed_while_held", 11 * S)))).toEqual(["deadlines"]);
  expect(rulesOf(due(null, 10, expired("end_by_passed_while_held", 9 * S)))).toEqual(["deadlines"]);
  const sleeps = [
    ["running", 1, {}, 5 * S],
    ["parked", 1, { until: 6 * S }, 6 * S],
  ] as Fact[];
  expect(rulesOf(due(10, null, ...sleeps, expired("start_by_passed", 11 * S)))).toEqual(["deadlines"]);
});

test("a job that runs again after end_by had ended its run", () => {
  const ended: Fact[] = [
    ["running", 1, {}, 9 * S],
    ["cancel_requested", 1, { reason: "end_by_passed" }, 11 * S],
    ["stopped", 1, {}, 12 * S],
  ];
  expect(rulesOf(due(null, 10, ...ended, ["running", 2, {}, 13 * S], ["succeeded", 2, {}, 14 * S]))).toEqual([
    "deadlines",
  ]);
});

/** Triggers 1 and 2 made one job, trigger 3 the next; the maximum delay is 1,000. */
function triggered(breakIt: (history: History) => void = () => undefined): string[] {
  const history = withJobs(
    {
      job: { id: "t-1" },
      facts: [
        ["submitted", null, {}, 1_000],
        ["debounced", null, { run_at: 2_000 }, 1_500],
        ["queued", null, POLICY, 2_000],
        ["running", 1, {}, 2_100],
        ["succeeded", 1, {}, 2_200],
      ],
    },
    {
      job: { id: "t-2" },
      facts: [
        ["submitted", null, {}, 2_150],
        ["queued", null, POLICY, 2_550],
        ["running", 1, {}, 2_600],
        ["succeeded", 1, {}, 2_700],
      ],
    },
  );
  history.debounced = [
    { jobId: "t-1", key: "v/k", n: 2, ranWith: 2, maxDelayMicros: 1_000 },
    { jobId: "t-2", key: "v/k", n: 3, ranWith: 3, maxDelayMicros: 1_000 },
  ];
  history.triggers = [1, 2, 3].map((n) => ({ key: "v/k", n, jobId: n < 3 ? "t-1" : "t-2" }));
  breakIt(history);
  return rulesOf(history);
}

test("a trigger that is lost, that its run did not have, or that comes to nothing", () => {
  expect(triggered()).toEqual([]);
  expect(triggered((h) => (at(h.debounced, 0).n = 1))).toEqual(["debounce"]);
  expect(triggered((h) => (at(h.debounced, 0).ranWith = 1))).toEqual(["debounce"]);
  expect(triggered((h) => h.triggers.push({ key: "v/k", n: 4, jobId: "t-9" }))).toEqual(["debounce"]);
  expect(triggered((h) => h.triggers.push({ key: "v/k", n: 4, jobId: null }))).toEqual([]);
  expect(triggered((h) => Object.assign(at(h.jobs, -1), { state: "submitted" }))).toContain("debounce");
});

test("a job that triggers put off past the maximum delay, or of which two are made at once", () => {
  expect(triggered((h) => (at(h.debounced, 0).maxDelayMicros = 999))).toEqual(["debounce"]);
  const early = (h: History): void => {
    for (const event of h.jobEvents) if (event.stream === "t-2" && event.seq === 1) event.at = 2_050;
  };
  expect(triggered(early)).toEqual(["debounce"]);
});
