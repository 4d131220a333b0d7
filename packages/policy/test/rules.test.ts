import { test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  type AdmissionFacts,
  approvalKindsOf,
  BUILT_IN_POLICY,
  BUILT_IN_REFUSALS,
  checkPolicy,
  decideAdmission,
  dollarsOf,
  EFFECTS_NEEDING_APPROVAL,
  matches,
  parseDollars,
  type Policy,
} from "../src/index.ts";
import { anyDocument, anyFacts, anyPolicy } from "./arbitraries.ts";

const facts: AdmissionFacts = {
  typeName: "release",
  typeVersion: 1,
  type: { name: "release", version: 1, size: "small", queue: null, effectKinds: ["deploy", "push"], approval: true },
  payloadProblem: null,
  referenceProblem: null,
  urgent: false,
  queueHint: null,
  submittedByKind: "operator",
  estimateMicrousd: 0,
  ceilingMicrousd: 0,
  venture: { key: "acme", trusted: true, demo: false, capSet: true },
  isolation: "bubblewrap",
};
const paid: AdmissionFacts = { ...facts, ceilingMicrousd: 25_000_000 };

/** The policy of these rules; fails the test when they are not one. */
function policyOf(rules: unknown[], groups: unknown = {}): Policy {
  const checked = checkPolicy({ format: 1, groups, rules }, 7);
  if (!checked.ok) throw new Error(checked.problems.map((one) => one.message).join("\n"));
  return checked.policy;
}

function problems(input: unknown): string[] {
  const checked = checkPolicy(input, 7);
  return checked.ok ? [] : checked.problems.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
}
const ruleProblems = (...rules: unknown[]) => problems({ format: 1, groups: { money: ["ada@example.com"] }, rules });
const rule = (change: object) => ({ name: "one", when: {}, ...change });

describe("any policy, whatever the facts", () => {
  prop.prop([anyFacts, anyPolicy])("answers, the same each time, and names what decided", (given, policy) => {
    const answer = decideAdmission(given, policy);
    expect(decideAdmission(structuredClone(given), structuredClone(policy))).toEqual(answer);
    expect(answer.reasons[0]).toEqual({ rule: answer.rule, text: answer.reason });
    expect(answer.policyVersion).toBe(7);
    expect(answer.needsApproval).toBe(answer.approval !== null);
    if (answer.decision === "queued") expect(answer.approval).toBeNull();
    if (answer.decision === "held") expect(answer.approval).not.toBeNull();
  });

  prop.prop([anyFacts, anyPolicy])("never gets around a built-in refusal", (given, policy) => {
    if (decideAdmission(given, BUILT_IN_POLICY).decision === "refused")
      expect(decideAdmission(given, policy).decision).toBe("refused");
  });

  prop.prop([anyFacts, anyPolicy])("lets a risky effect go only where a rule allows it by name", (given, policy) => {
    const answer = decideAdmission(given, policy);
    if (answer.decision !== "queued") return;
    const allowing = policy.rules.filter((one) => one.outcome.kind === "allow" && matches(one.when, given));
    for (const kind of EFFECTS_NEEDING_APPROVAL) {
      if (!given.type?.effectKinds.includes(kind)) continue;
      const named = allowing.some(
        ({ outcome }) =>
          outcome.kind === "allow" &&
          outcome.rule === "effect_approval" &&
          (outcome.kinds === null || outcome.kinds.includes(kind)),
      );
      expect(named).toBe(true);
    }
  });

  prop.prop([anyFacts, anyPolicy])("asks for no less than any rule that matches", (given, policy) => {
    const { approval, decision } = decideAdmission(given, policy);
    const matching = policy.rules.filter((one) => matches(one.when, given));
    if (matching.some((one) => one.outcome.kind === "refuse")) expect(decision).toBe("refused");
    if (given.type === null) return;
    for (const { outcome } of matching) {
      if (outcome.kind !== "approve") continue;
      expect(approval?.people).toBeGreaterThanOrEqual(outcome.approval.people);
      if (outcome.approval.role === "admin") expect(approval?.role).toBe("admin");
      if (!outcome.approval.covers_retries) expect(approval?.covers_retries).toBe(false);
      for (const member of approval?.members ?? []) {
        if (outcome.approval.members !== null) expect(outcome.approval.members).toContain(member);
      }
    }
  });

  prop.prop([anyFacts, anyPolicy, anyPolicy])(
    "is never loosened by another's refusals and approvals",
    (given, one, other) => {
      const rank = { queued: 0, held: 1, refused: 2 };
      const stricter = other.rules.filter(({ outcome }) => outcome.kind !== "allow");
      const both = decideAdmission(given, { ...one, rules: [...one.rules, ...stricter] });
      expect(rank[both.decision]).toBeGreaterThanOrEqual(rank[decideAdmission(given, one).decision]);
    },
  );

  prop.prop([anyDocument])("is read the same from what is stored as JSON", (document) => {
    expect(checkPolicy(JSON.parse(JSON.stringify(document)), 7)).toEqual(checkPolicy(document, 7));
  });
});

describe("what rules do", () => {
  test("a refusal wins over an approval and over what is allowed, and all of them are named", () => {
    const policy = policyOf([
      { name: "free", when: { urgent: false }, allow: { rule: "effect_approval" } },
      { name: "ask", when: { trusted: true }, approve: {} },
      { name: "never", when: { venture: "acme" }, refuse: true, reason: "Acme is for sale." },
    ]);
    const answer = decideAdmission(facts, policy);
    expect(answer).toMatchObject({ decision: "refused", rule: "never", reason: "Acme is for sale.", policyVersion: 7 });
    expect(answer.reasons.map((one) => one.rule)).toEqual(["never", "ask", "type_approval", "free"]);
  });

  test("a built-in approval goes only by its name, and only for the kinds that are named", () => {
    const allow = (kinds?: string[]) =>
      policyOf([
        { name: "free", when: { type: "release" }, allow: { rule: "effect_approval", ...(kinds ? { kinds } : {}) } },
        { name: "types", when: {}, allow: { rule: "type_approval" } },
      ]);
    expect(decideAdmission(facts, allow())).toMatchObject({ decision: "queued", rule: "types", tier: "small" });
    expect(decideAdmission(facts, allow(["push"]))).toMatchObject({ decision: "held", rule: "effect_approval" });
    expect(decideAdmission({ ...facts, typeName: "other" }, allow()).decision).toBe("held");
  });

  test("what a policy allows anywhere is held without exception no more", () => {
    expect(approvalKindsOf(BUILT_IN_POLICY)).toEqual([...EFFECTS_NEEDING_APPROVAL]);
    const allow = (kinds?: string[]) =>
      approvalKindsOf(
        policyOf([rule({ when: { type: "docs" }, allow: { rule: "effect_approval", ...(kinds ? { kinds } : {}) } })]),
      );
    expect(allow(["push", "publish"])).toEqual(["deploy", "spend", "contact"]);
    expect(allow()).toEqual([]);
    expect(approvalKindsOf(policyOf([rule({ allow: { rule: "type_approval" } })]))).toHaveLength(5);
  });

  test("several approvals ask for the strictest of each", () => {
    const policy = policyOf(
      [
        { name: "two", when: {}, approve: { people: 2, group: "money", expires: "2h", covers_retries: true } },
        { name: "typed", when: { effects: "deploy" }, approve: { role: "admin", typed: "DEPLOY", expires: "1d" } },
      ],
      { money: ["Bob@Example.com", "ada@example.com"] },
    );
    expect(decideAdmission(facts, policy).approval).toEqual({
      people: 2,
      role: "admin",
      group: "money",
      members: ["ada@example.com", "bob@example.com"],
      typed: "DEPLOY",
      expires_ms: 7_200_000,
      reminder_ms: null,
      covers_retries: false,
    });
  });

  test("an approval that stands for retries leaves the job the retries of its size", () => {
    const policy = (covers: boolean) =>
      policyOf([
        { name: "free", when: {}, allow: { rule: "effect_approval" } },
        { name: "types", when: {}, allow: { rule: "type_approval" } },
        { name: "mine", when: {}, approve: { covers_retries: covers } },
      ]);
    for (const [covers, tier] of [
      [true, facts.type?.size],
      [false, "approval_required"],
    ] as const) {
      const answer = decideAdmission(facts, policy(covers));
      expect(answer).toMatchObject({ decision: "held", needsApproval: true, tier });
    }
  });

  test("what nobody could release is refused at once", () => {
    const policy = policyOf(
      [
        { name: "money", when: {}, approve: { group: "money" } },
        { name: "legal", when: { effects: "deploy" }, approve: { group: "legal" } },
      ],
      { money: ["ada@example.com"], legal: ["cy@example.com"] },
    );
    expect(decideAdmission(facts, policy)).toMatchObject({ decision: "refused", rule: "no_approver" });
  });

  test("an amount is over a limit only past it, to the micro-dollar", () => {
    const policy = policyOf([rule({ when: { ceiling_over: 25 }, refuse: true })]);
    expect(decideAdmission(paid, policy).decision).toBe("held");
    expect(decideAdmission({ ...paid, ceilingMicrousd: 25_000_001 }, policy)).toMatchObject({ rule: "one" });
  });
});

describe("a policy that can't be meant is refused, saying where and why", () => {
  const cases: [string, string[], RegExp][] = [
    ["an unknown key", problems({ format: 1, ruls: [] }), /^ruls: "ruls" is not a known key; did you mean "rules"\?$/],
    ["no format", problems({}), /"format" is missing/],
    [
      "an unknown condition",
      ruleProblems(rule({ when: { ventur: "a1" }, refuse: true })),
      /^rules\.0\.when\.ventur: .*did you mean "venture"/,
    ],
    [
      "an unknown kind",
      ruleProblems(rule({ when: { effects: ["deploi"] }, refuse: true })),
      /^rules\.0\.when\.effects\.0: .*did you mean "deploy"/,
    ],
    [
      "an unknown group",
      ruleProblems(rule({ approve: { group: "mony" } })),
      /^rules\.0\.approve\.group: "mony" is not a known group; did you mean "money"/,
    ],
    [
      "a group named as JavaScript's own",
      ruleProblems(rule({ approve: { group: "constructor" } })),
      /is not a known group/,
    ],
    ["no outcome", ruleProblems(rule({})), /exactly one of .*none of them/],
    ["two outcomes", ruleProblems(rule({ refuse: true, approve: {} })), /this one says refuse and approve/],
    [
      "a name twice",
      ruleProblems(rule({ refuse: true }), rule({ when: { urgent: true }, refuse: true })),
      /^rules\.1\.name: .*rule 1 already/,
    ],
    ["a built-in's name", ruleProblems(rule({ name: "default", refuse: true })), /built-in/],
    [
      "a refusal allowed",
      ruleProblems(rule({ allow: { rule: "not_isolated" } })),
      /is a refusal: no policy can allow it/,
    ],
    ["paying without a cap", ruleProblems(rule({ allow: { rule: "paid_without_cap" } })), /set a cap instead/],
    [
      "an unknown rule allowed",
      ruleProblems(rule({ allow: { rule: "efect_approval" } })),
      /did you mean "effect_approval"/,
    ],
    ["negative money", ruleProblems(rule({ when: { ceiling_over: -1 }, refuse: true })), /-1 is negative/],
    [
      "money past 2^53",
      ruleProblems(rule({ when: { ceiling_over: "9007199254.740992" }, refuse: true })),
      /most that can be counted exactly/,
    ],
    [
      "money too fine",
      ruleProblems(rule({ when: { ceiling_over: "0.0000001" }, refuse: true })),
      /finer than a millionth/,
    ],
    ["no money at all", ruleProblems(rule({ when: { ceiling_over: "much" }, refuse: true })), /not an amount/],
    [
      "amounts that exclude each other",
      ruleProblems(rule({ when: { ceiling_over: 5, ceiling_up_to: 5 }, refuse: true })),
      /can never match/,
    ],
    [
      "two of a group of one",
      ruleProblems(rule({ approve: { people: 2, group: "money" } })),
      /nobody could release it/,
    ],
    ["three people", ruleProblems(rule({ approve: { people: 3 } })), /^rules\.0\.approve\.people/],
    ["a reminder after the end", ruleProblems(rule({ approve: { expires: "1h", reminder: "1h" } })), /has expired/],
    ["a time that is none", ruleProblems(rule({ approve: { expires: "soon" } })), /not a duration/],
    [
      "what a refusal shadows",
      ruleProblems(rule({ when: { venture: ["a1", "b2"] }, refuse: true }), {
        name: "two",
        when: { venture: "a1", urgent: true },
        approve: {},
      }),
      /"one" refuses all that it matches/,
    ],
    [
      "what is refused anyway",
      ruleProblems(rule({ when: { demo: true, effects: "spend" }, allow: { rule: "effect_approval" } })),
      /demo_effects refuses all/,
    ],
    [
      "an address that is none",
      problems({ format: 1, groups: { money: ["ada"] } }),
      /^groups\.money\.0: must be an e-mail/,
    ],
    [
      "a member twice",
      problems({ format: 1, groups: { money: ["ada@example.com", "Ada@example.com"] } }),
      /in the group twice/,
    ],
    ["a list that is empty", ruleProblems(rule({ when: { type: [] }, refuse: true })), /at least one/],
  ];
  test.each(cases)("%s", (_name, found, expected) => {
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  test("every built-in refusal is one that can't be allowed", () => {
    for (const name of BUILT_IN_REFUSALS)
      expect(ruleProblems(rule({ allow: { rule: name } }))[0]).toMatch(/is a refusal/);
  });

  test("all problems are told, not only the first", () => {
    expect(
      ruleProblems(rule({ whn: {}, refuse: true }), rule({ when: { size: "huge" }, refuse: true })).length,
    ).toBeGreaterThan(1);
  });
});

test("money is read exactly, and written back as it was", () => {
  for (const [text, microusd] of [
    ["25", 25_000_000],
    ["$0.05", 50_000],
    ["0.000001", 1],
    ["9007199254.740991", Number.MAX_SAFE_INTEGER],
    ["0", 0],
  ] as const) {
    expect(parseDollars(text)).toEqual({ ok: true, microusd });
    expect(dollarsOf(microusd)).toBe(text.replace("$", ""));
  }
  expect(parseDollars(0.1)).toEqual({ ok: true, microusd: 100_000 });
  expect(parseDollars(1e21)).toMatchObject({ ok: false });
  expect(parseDollars(1234567890.1234567)).toMatchObject({ ok: false, problem: expect.stringContaining("in quotes") });
});
