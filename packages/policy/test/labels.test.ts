import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  type Evidence,
  installationMode,
  label,
  LABEL_MEANINGS,
  LABELS,
  MODES,
  standingGuarantees,
  workerLabel,
  type WorkerFacts,
  type ModeFacts,
} from "../src/index.ts";

const T0 = 1_800_000_000_000;
const observation: fc.Arbitrary<Evidence> = fc
  .record({
    subject: fc.constantFrom("https://a.example", "https://b.example"),
    kind: fc.constantFrom("http", "tls", "dns"),
    ok: fc.boolean(),
    seen: fc.integer({ min: -100_000, max: 1_000 }),
    lifetime: fc.integer({ min: 1, max: 200_000 }),
  })
  .map(({ subject, kind, ok, seen, lifetime }) => ({
    subject,
    kind,
    ok,
    finding: `${kind} of ${subject}`,
    source: "worker w-1",
    seenAt: T0 + seen,
    staleAt: T0 + seen + lifetime,
  }));
const RANK = { LIVE: 3, VERIFIED: 3, FAILING: 2, STALE: 1, "NOT VERIFIED": 0 };

describe("a label from evidence", () => {
  prop.prop([fc.array(observation), fc.nat(300_000), fc.nat(300_000)])("only falls with time", (evidence, a, b) => {
    const [sooner, later] = [Math.min(a, b), Math.max(a, b)];
    const before = label(evidence, T0 + sooner).label;
    const after = label(evidence, T0 + later).label;
    expect(RANK[after]).toBeLessThanOrEqual(RANK[before]);
  });

  prop.prop([fc.array(observation), fc.nat(300_000)])(
    "is LIVE or VERIFIED only when all is fresh and good",
    (evidence, at) => {
      const now = T0 + at;
      const answer = label(evidence, now);
      if (answer.label !== "LIVE" && answer.label !== "VERIFIED") return;
      expect(answer.evidence.length).toBeGreaterThan(0);
      expect(answer.evidence.every((item) => item.ok && now < item.staleAt)).toBe(true);
      expect(answer.fallsAt).toBeGreaterThan(now);
      expect(label(evidence, answer.fallsAt ?? now).label).toBe("STALE");
    },
  );

  prop.prop([fc.array(observation), fc.nat(300_000)])(
    "does not depend on the order of what is given",
    (evidence, at) => {
      expect(label(evidence.toReversed(), T0 + at).label).toBe(label(evidence, T0 + at).label);
    },
  );

  prop.prop([fc.nat(10_000_000)])("absence is NOT VERIFIED", (at) => {
    expect(label([], T0 + at)).toMatchObject({ label: "NOT VERIFIED", ageMs: null, evidence: [] });
  });

  const seen = (kind: string, ok: boolean, lifetime = 60_000, at = T0): Evidence => ({
    subject: "https://a.example",
    kind,
    ok,
    finding: `${kind} ${ok ? "good" : "bad"}`,
    source: "w-1",
    seenAt: at,
    staleAt: at + lifetime,
  });
  test("what answers now is LIVE, what was only checked is VERIFIED", () => {
    expect(label([seen("http", true), seen("tls", true)], T0 + 1).label).toBe("LIVE");
    expect(label([seen("tls", true)], T0 + 1).label).toBe("VERIFIED");
  });
  test("a newer good check replaces a failure", () => {
    expect(label([seen("tls", false, 60_000, T0 - 10), seen("tls", true)], T0 + 1).label).toBe("VERIFIED");
  });
  test("of two seen in the same instant the failure counts, and of two failures the one that lasts longer", () => {
    for (const [a, b, expected] of [
      [seen("http", true, 9), seen("http", false, 9), "FAILING"],
      [seen("http", false, 1), seen("http", false, 9), "FAILING"],
      [seen("http", true, 1), seen("http", true, 9), "STALE"],
    ] as const) {
      expect(label([a, b], T0 + 5).label).toBe(expected);
      expect(label([b, a], T0 + 5).label).toBe(expected);
    }
  });
  test("a failure that ran out is STALE and says that it failed", () => {
    expect(label([seen("tls", false)], T0 + 60_000)).toMatchObject({
      label: "STALE",
      because: "tls bad It was failing when last seen.",
      ageMs: 60_000,
    });
  });
  test("each label has its sentence and what would raise it", () => {
    expect(LABELS).toHaveLength(16);
    for (const name of LABELS) {
      expect(LABEL_MEANINGS[name].meaning).toMatch(/\.$/);
      expect(LABEL_MEANINGS[name].raisedBy).toMatch(/\.$/);
    }
  });
});

describe("a worker's label", () => {
  const lane = { slots: 2, busy: 1, waiting: 0, turned_ago_ms: 20, hint_ago_ms: 500 };
  const worker: WorkerFacts = {
    name: "w-1",
    leaseMs: 300_000,
    heartbeatAt: T0,
    endedAt: null,
    draining: false,
    standby: false,
    progress: { event_loop_delay_ms: 3, lanes: { build: lane } },
  };
  const at = (facts: Partial<WorkerFacts>, ms = 1_000) => workerLabel({ ...worker, ...facts }, T0 + ms).label;
  const lanes = (facts: Partial<typeof lane>) => ({ event_loop_delay_ms: 3, lanes: { build: { ...lane, ...facts } } });

  test("needs a heartbeat and progress", () => {
    expect(at({})).toBe("LIVE");
    expect(at({}, 20_000)).toBe("STALE");
    expect(at({}, 150_000)).toBe("NOT RUNNING");
    expect(at({ endedAt: T0 })).toBe("NOT RUNNING");
    expect(at({ progress: {} })).toBe("NOT VERIFIED");
  });
  test("a timer that ticks is not a worker that works", () => {
    expect(at({ progress: lanes({ turned_ago_ms: 200_000 }) })).toBe("STALE");
    expect(at({ progress: lanes({ waiting: 3, hint_ago_ms: 200_000 }) })).toBe("STALE");
    expect(at({ progress: { ...lanes({}), event_loop_delay_ms: 6_000 } })).toBe("STALE");
    expect(at({ progress: lanes({ hint_ago_ms: 900_000 }) })).toBe("LIVE");
    expect(at({ progress: lanes({ busy: 2, waiting: 3, hint_ago_ms: 900_000 }) })).toBe("LIVE");
  });
  test("one that takes no work is paused", () => {
    expect(at({ draining: true })).toBe("PAUSED");
    expect(at({ standby: true })).toBe("PAUSED");
    expect(workerLabel({ ...worker, standby: true }, T0 + 1_000).because).toContain("STANDBY");
  });
  prop.prop([fc.nat(400_000), fc.nat(400_000), fc.anything()])(
    "never rises with time, whatever it reports",
    (a, b, progress) => {
      const rank = (ms: number) =>
        ["NOT RUNNING", "STALE", "NOT VERIFIED", "PAUSED", "LIVE", "FAILING"].indexOf(at({ progress }, ms));
      expect(rank(Math.max(a, b))).toBeLessThanOrEqual(rank(Math.min(a, b)));
    },
  );
});

describe("the installation's mode", () => {
  const facts: ModeFacts = {
    local: false,
    demoOnly: false,
    stopped: false,
    paused: false,
    workers: 3,
    liveWorkers: 3,
    failingChecks: [],
  };
  test("each is reachable, the gravest first", () => {
    const mode = (more: Partial<ModeFacts>) => installationMode({ ...facts, ...more }).mode;
    const seen = [
      mode({ stopped: true, paused: true, liveWorkers: 0 }),
      mode({ paused: true, liveWorkers: 0 }),
      mode({ liveWorkers: 0, failingChecks: ["backups"] }),
      mode({ failingChecks: ["backups"], demoOnly: true }),
      mode({ demoOnly: true, local: true }),
      mode({ local: true }),
      mode({}),
    ];
    expect(seen).toEqual(["STOPPED", "PAUSED", "READINESS ONLY", "DEGRADED", "DEMO", "LOCAL", "RUNNING"]);
    expect(seen.toSorted()).toEqual([...MODES].toSorted());
  });
  test("a guarantee falls with the rule or the check it stands on", () => {
    const holds = (more: Partial<Parameters<typeof standingGuarantees>[0]>) =>
      standingGuarantees({
        approvalKinds: ["deploy", "push", "spend", "contact", "publish"],
        automaticSpend: false,
        secretsCheck: true,
        grantsCheck: true,
        ...more,
      }).map((guarantee) => guarantee.holds);
    expect(holds({})).toEqual([true, true, true, true, true]);
    expect(holds({ approvalKinds: ["deploy", "spend", "contact", "publish"] })).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(holds({ automaticSpend: true, secretsCheck: null, grantsCheck: false })).toEqual([
      false,
      true,
      false,
      true,
      null,
    ]);
  });
});
