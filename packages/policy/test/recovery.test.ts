import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  AUTOMATIC_STEPS,
  BUILT_IN_RECOVERY,
  chooseRecovery,
  compareJobs,
  differenceWords,
  EFFECT_KINDS,
  ERROR_CLASSES,
  INCIDENT_REASONS,
  replayOf,
  withoutReplay,
  type ComparableJob,
  type RecoveryPlan,
} from "../src/index.ts";

const anyIncident = fc.record({
  errorClass: fc.option(fc.constantFrom(...ERROR_CLASSES)),
  reason: fc.constantFrom(...INCIDENT_REASONS),
  effectKinds: fc.subarray([...EFFECT_KINDS]),
  ceilingMicrousd: fc.integer({ min: 0, max: 5 }),
  releases: fc.integer({ min: 0, max: 6 }),
});

describe("the recovery plan", () => {
  prop.prop([anyIncident])("is there for every incident, and leaves a person no automatic step", (facts) => {
    const chosen = chooseRecovery(facts, []);
    expect(chosen.steps.length).toBeGreaterThan(0);
    for (const step of chosen.steps) expect(AUTOMATIC_STEPS).not.toContain(step);
    if (facts.errorClass === "unsafe") expect(chosen.needsPerson).toBe(true);
    if (chosen.limitReached) expect(chosen.steps).toEqual(["discard"]);
  });

  test("there is a built-in one for each class", () => {
    for (const one of ERROR_CLASSES) expect(BUILT_IN_RECOVERY.some((plan) => plan.classes.includes(one))).toBe(true);
  });

  test("a policy's own comes first; the reason can tell two of a class apart", () => {
    const mine: RecoveryPlan = { ...BUILT_IN_RECOVERY[0]!, name: "mine", classes: ["bug"], reasons: null };
    const facts = {
      errorClass: "bug",
      reason: "retries_used_up",
      effectKinds: [],
      ceilingMicrousd: 0,
      releases: 0,
    } as const;
    expect(chooseRecovery(facts, [mine]).plan.name).toBe("mine");
    expect(chooseRecovery({ ...facts, errorClass: "unsafe", reason: "secret_found" }, [mine]).plan.name).toBe(
      "isolate_unsafe",
    );
    expect(chooseRecovery({ ...facts, errorClass: "unsafe", reason: "effect_unknown" }, []).plan.name).toBe(
      "settle_unknown_effect",
    );
    expect(chooseRecovery({ ...facts, errorClass: "lost", reason: "poison_job" }, []).plan.name).toBe("isolate_poison");
  });
});

const job: ComparableJob = {
  id: "a",
  type: "build",
  type_version: 1,
  venture: "acme",
  state: "succeeded",
  payload: { ref: "main", urls: ["x", "y"] },
  refs: { commit: "1" },
  size: "small",
  tier: "small",
  rule: "default",
  policy_version: 1,
  ceiling_microusd: 0,
  cost_microusd: 0,
  run_no: 1,
  retries_used: 0,
  losses: 0,
  code_hash: "c1",
  worker: "w1",
  worker_version: "1",
  host: "h",
  isolation: "bubblewrap",
  started_at: "2026-11-21T08:00:00Z",
  run_ended_at: "2026-11-21T08:00:05Z",
  outcome: "succeeded",
  error_class: null,
  error_message: null,
  result_sha256: null,
  steps: [{ name: "fetch", ms: 2_000, result_sha256: "00" }],
  effects: [],
};

describe("compare", () => {
  prop.prop([fc.jsonValue(), fc.jsonValue()])(
    "finds nothing in a job and itself, whatever its inputs",
    (payload, refs) => {
      const one = { ...job, payload, refs };
      expect(compareJobs(one, structuredClone(one)).first).toBeNull();
    },
  );

  prop.prop([fc.jsonValue(), fc.jsonValue()])("finds a difference exactly where one is, either way round", (a, b) => {
    const [one, two] = [
      { ...job, payload: a },
      { ...job, payload: b },
    ];
    const same = JSON.stringify(a) === JSON.stringify(b);
    if (same) expect(compareJobs(one, two).first).toBeNull();
    expect(compareJobs(one, two).first?.name).toBe(compareJobs(two, one).first?.name);
  });

  test("tells causes before consequences: inputs, versions, place, steps, effects, times, spend, outcome", () => {
    const failed = { ...job, id: "b", state: "quarantined", outcome: "failed", error_class: "bug" };
    expect(compareJobs(failed, job).first).toMatchObject({ group: "outcome", name: "state" });
    expect(compareJobs({ ...failed, code_hash: "c2" }, job).first).toMatchObject({
      name: "code_hash",
      a: "c2",
      b: "c1",
    });
    const other = { ...failed, code_hash: "c2", payload: { ref: "main", urls: ["x", "z"] } };
    expect(compareJobs(other, job).first).toMatchObject({ name: "payload.urls[1]", a: "z", b: "y" });
    expect(differenceWords(compareJobs(other, job))).toBe("payload.urls[1]: was y, is z");
    expect(compareJobs({ ...job, steps: [] }, job).first).toMatchObject({ group: "steps", name: "step fetch" });
    const charge = { key: "charge", kind: "spend", outcome: "open", dry_run: false, cost_microusd: null };
    expect(compareJobs({ ...job, effects: [charge] }, job).first).toMatchObject({ name: "effect charge" });
    const slow = { ...job, run_ended_at: "2026-11-21T08:00:30Z" };
    expect(compareJobs(slow, job).first).toMatchObject({ group: "times" });
    expect(compareJobs({ ...job, run_ended_at: "2026-11-21T08:00:08Z", worker: "w2" }, job).first).toBeNull();
  });

  test("what a job was made from is no input", () => {
    const refs = { commit: "1", $replay: { of: "x", kind: "replay", steps: 1, version: 1, dry_run: true } };
    expect(replayOf(refs)).toMatchObject({ of: "x", dry_run: true });
    expect(withoutReplay(refs)).toEqual({ commit: "1" });
    expect(replayOf(null)).toBeNull();
    expect(compareJobs({ ...job, refs }, job).first).toBeNull();
  });
});
