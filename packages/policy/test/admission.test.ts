import { test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  type AdmissionFacts,
  BUILT_IN_POLICY,
  decideAdmission,
  EFFECTS_NEEDING_APPROVAL,
  JOB_QUEUES,
  type TypeFacts,
} from "../src/index.ts";
import { anyFacts } from "./arbitraries.ts";

const type: TypeFacts = {
  name: "health_scan",
  version: 1,
  size: "small",
  queue: null,
  effectKinds: [],
  approval: false,
};
const plain: AdmissionFacts = {
  typeName: "health_scan",
  typeVersion: 1,
  type,
  payloadProblem: null,
  referenceProblem: null,
  urgent: false,
  queueHint: null,
  submittedByKind: "operator",
  estimateMicrousd: 0,
  ceilingMicrousd: 0,
  venture: { key: "acme", trusted: false, demo: false, capSet: false },
  isolation: "bubblewrap",
};
const build: TypeFacts = { ...type, name: "build", size: "medium", approval: true };

const decided = (facts: AdmissionFacts) => decideAdmission(facts, BUILT_IN_POLICY);

describe("admission, whatever the facts", () => {
  prop.prop([anyFacts])("answers, and the same each time", (facts) => {
    const answer = decided(facts);
    expect(decided(structuredClone(facts))).toEqual(answer);
    expect(answer.reasons[0]).toEqual({ rule: answer.rule, text: answer.reason });
    expect(answer.reason.length).toBeGreaterThan(0);
    expect(JOB_QUEUES).toContain(answer.queue);
  });

  prop.prop([anyFacts])("never queues what needs an approval, and says so in its tier", (facts) => {
    const answer = decided(facts);
    if (answer.needsApproval) {
      expect(answer.decision).not.toBe("queued");
      expect(answer.tier).toBe("approval_required");
    } else {
      expect(answer.decision).not.toBe("held");
      expect(answer.tier).toBe(facts.type?.size ?? "small");
    }
  });

  prop.prop([anyFacts])("never queues an outside effect, a cost without a cap, or a job whose type asks", (facts) => {
    const { type: known } = facts;
    const risky = known?.effectKinds.some((kind) => EFFECTS_NEEDING_APPROVAL.some((risk) => risk === kind)) ?? false;
    const unbounded = facts.ceilingMicrousd > 0 && !facts.venture.capSet;
    if (risky || unbounded || known?.approval) expect(decided(facts).decision).not.toBe("queued");
  });

  prop.prop([anyFacts])("refuses what is unknown or does not parse, and what would run without a sandbox", (facts) => {
    const unsafe = facts.type?.name === "build" && !facts.venture.trusted && facts.isolation !== "bubblewrap";
    if (facts.type === null || facts.payloadProblem || facts.referenceProblem || unsafe) {
      expect(decided(facts).decision).toBe("refused");
    }
  });

  prop.prop([anyFacts])("an added reason for an approval never loosens the answer", (facts) => {
    const rank = { queued: 0, held: 1, refused: 2 };
    if (facts.type === null) return;
    const stricter = decided({ ...facts, type: { ...facts.type, approval: true } });
    expect(rank[stricter.decision]).toBeGreaterThanOrEqual(rank[decided(facts).decision]);
  });
});

describe("admission, rule by rule", () => {
  const cases: [string, Partial<AdmissionFacts>, Partial<ReturnType<typeof decideAdmission>>][] = [
    ["plain work runs by itself", {}, { decision: "queued", rule: "default", tier: "small", queue: "job" }],
    [
      "a type that asks is held",
      { type: build, isolation: "bubblewrap" },
      { decision: "held", rule: "type_approval", tier: "approval_required" },
    ],
    [
      "an outside effect is held",
      { type: { ...type, effectKinds: ["contact"] } },
      { decision: "held", rule: "effect_approval" },
    ],
    ["another effect runs", { type: { ...type, effectKinds: ["other"] } }, { decision: "queued" }],
    ["a cost without a cap is held", { ceilingMicrousd: 5 }, { decision: "held", rule: "paid_without_cap" }],
    [
      "a cost under a cap runs",
      { ceilingMicrousd: 5, venture: { ...plain.venture, capSet: true } },
      { decision: "queued" },
    ],
    ["no sandbox, not trusted", { type: build, isolation: "none" }, { decision: "refused", rule: "not_isolated" }],
    [
      "no sandbox, trusted",
      { type: build, isolation: "none", venture: { ...plain.venture, trusted: true } },
      { decision: "held" },
    ],
    ["an unknown type", { type: null }, { decision: "refused", rule: "unknown_type", field: "type" }],
    [
      "a version that nobody announced",
      { typeVersion: 2 },
      { decision: "refused", rule: "unknown_version", field: "type" },
    ],
    ["an older version is admitted as the announced one", { type: { ...type, version: 3 } }, { decision: "queued" }],
    [
      "a payload that does not fit",
      { payloadProblem: { field: "payload.urls", message: "payload.urls: required" } },
      { decision: "refused", rule: "bad_payload", field: "payload.urls", reason: "payload.urls: required" },
    ],
    [
      "a demo venture stays inside",
      { venture: { ...plain.venture, demo: true }, type: { ...type, effectKinds: ["deploy"] } },
      { decision: "refused", rule: "demo_effects" },
    ],
    ["a demo venture's harmless work runs", { venture: { ...plain.venture, demo: true } }, { decision: "queued" }],
    ["urgent work overtakes", { urgent: true }, { queue: "priority" }],
    ["a schedule's work", { submittedByKind: "schedule", urgent: true }, { queue: "scheduled" }],
    [
      "a report, whoever asks",
      { submittedByKind: "schedule", type: { ...type, queue: "report" } },
      { queue: "report" },
    ],
  ];
  test.each(cases)("%s", (_name, facts, expected) => {
    expect(decided({ ...plain, ...facts })).toMatchObject(expected);
  });

  test("every rule that matched is listed, the deciding one first", () => {
    const answer = decided({
      ...plain,
      type: { ...build, effectKinds: ["deploy", "push"] },
      ceilingMicrousd: 1,
    });
    expect(answer.reasons.map(({ rule }) => rule)).toEqual([
      "type_approval",
      "effect_approval",
      "effect_approval",
      "paid_without_cap",
    ]);
  });
});
