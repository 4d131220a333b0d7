import { fc, test as prop } from "@fast-check/vitest";
import { expect, test } from "vitest";
import {
  BUILT_IN_POLICY,
  checkPolicy,
  decideAdmission,
  type PastClass,
  pastFacts,
  type Policy,
  simulatePolicy,
  unknownNamesIn,
} from "../src/index.ts";
import { anyFacts, anyPolicy } from "./arbitraries.ts";

const asDecided = (facts: PastClass["facts"], by: Policy, jobs: number, id: string): PastClass => {
  const { decision, rule, approval } = decideAdmission(facts, by);
  return { facts, decision, rule, approval, jobs, costMicrousd: 3 * jobs, ids: [id] };
};
const past = fc.array(fc.tuple(anyFacts, fc.integer({ min: 1, max: 50 })), { maxLength: 12 });

prop.prop([past, anyPolicy])("a policy changes nothing of what it decided itself", (given, policy) => {
  const classes = given.map(([facts, jobs], at) => asDecided(facts, policy, jobs, `id-${at}`));
  expect(simulatePolicy(classes, policy, policy, 10)).toMatchObject({ changed: 0, list: [], cut: false });
});

prop.prop([past, anyPolicy, anyPolicy])("every job is in one total, with its money", (given, before, after) => {
  const classes = given.map(([facts, jobs], at) => asDecided(facts, before, jobs, `id-${at}`));
  const found = simulatePolicy(classes, after, before, 3);
  const sum = (pick: (one: (typeof found.totals)[number]) => number) =>
    found.totals.reduce((all, one) => all + pick(one), 0);
  expect(sum((one) => one.jobs)).toBe(classes.reduce((all, one) => all + one.jobs, 0));
  expect(sum((one) => one.cost_microusd)).toBe(classes.reduce((all, one) => all + one.costMicrousd, 0));
  expect(sum((one) => one.ceiling_microusd)).toBe(
    classes.reduce((all, one) => all + one.facts.ceilingMicrousd * one.jobs, 0),
  );
  for (const parts of [found.by_type, found.by_venture])
    expect(parts.reduce((all, one) => all + one.jobs, 0)).toBe(found.changed);
  expect(found.list.length).toBeLessThanOrEqual(3);
  expect(found.changed_anyway).toBeLessThanOrEqual(found.changed);
});

test("what only admission saw then is taken from the rule that decided, and stays decided", () => {
  const job = {
    type: "release",
    typeVersion: 1,
    urgent: false,
    submittedByKind: "operator",
    estimateMicrousd: 0,
    ceilingMicrousd: 0,
    reason: "payload.who: required",
  };
  const type = { name: "release", version: 1, size: "small", queue: null, effectKinds: [], approval: false } as const;
  const venture = { key: "acme", trusted: false, demo: false, capSet: false };
  const decided = (rule: string) => decideAdmission(pastFacts({ ...job, rule }, type, venture), BUILT_IN_POLICY);
  for (const rule of ["unknown_type", "bad_payload", "bad_reference"])
    expect(decided(rule)).toMatchObject({ decision: "refused", rule });
  expect(decided("bad_payload").reason).toBe("payload.who: required");
  expect(decided("default").decision).toBe("queued");
});

test("names that the installation does not know are a warning", () => {
  const checked = checkPolicy(
    { format: 1, rules: [{ name: "one", when: { type: "helth_scan", venture: ["acme"] }, refuse: true }] },
    2,
  );
  const policy = checked.ok ? checked.policy : BUILT_IN_POLICY;
  expect(unknownNamesIn(policy, ["health_scan"], ["acme"])).toEqual([
    'Rule "one": "helth_scan" is not a known type; did you mean "health_scan"?',
  ]);
});
