import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { DEFAULT_APPROVAL, approvalRequirementSchema, strictest } from "../src/index.ts";
import type { ApprovalRequirement } from "../src/index.ts";

const PEOPLE = ["ada@example.com", "bo@example.com", "cy@example.com", "di@example.com"];
const sorted = (texts: readonly string[]) => [...new Set(texts)].toSorted();
const time = fc.option(fc.integer({ min: 1, max: 1_000_000 }), { nil: null });

const requirement: fc.Arbitrary<ApprovalRequirement> = fc
  .record({
    people: fc.constantFrom(1 as const, 2 as const),
    role: fc.constantFrom("approver" as const, "admin" as const),
    groups: fc.subarray(["ops", "money", "legal"]).map(sorted),
    of: fc.subarray(PEOPLE).map(sorted),
    typed: fc.option(fc.constantFrom("DEPLOY", "PUBLISH", "PAY 25 USD"), { nil: null }),
    expires_ms: time,
    reminder_ms: time,
    covers_retries: fc.boolean(),
  })
  .map(({ groups, of, ...rest }) => ({
    ...rest,
    group: groups.length === 0 ? null : groups.join(" & "),
    members: groups.length === 0 ? null : of,
  }));

/** Whether whatever satisfies `a` satisfies what `b` asks, text apart: a person types one of them. */
function isAsStrict(a: ApprovalRequirement, b: ApprovalRequirement): boolean {
  const bMembers = b.members;
  const notLater = (x: number | null, y: number | null) => y === null || (x !== null && x <= y);
  return (
    a.people >= b.people &&
    (a.role === "admin" || b.role === "approver") &&
    (bMembers === null || (a.members?.every((member) => bMembers.includes(member)) ?? false)) &&
    (b.typed === null || (a.typed !== null && a.typed.length >= b.typed.length)) &&
    notLater(a.expires_ms, b.expires_ms) &&
    notLater(a.reminder_ms, b.reminder_ms) &&
    (b.covers_retries || !a.covers_retries)
  );
}

describe("combining what an approval takes", () => {
  it("has no order and no grouping, and gives the same for the same", () => {
    fc.assert(
      fc.property(requirement, requirement, requirement, (a, b, c) => {
        expect(strictest(a, b)).toEqual(strictest(b, a));
        expect(strictest(strictest(a, b), c)).toEqual(strictest(a, strictest(b, c)));
        expect(strictest(a, a)).toEqual(a);
      }),
    );
  });

  it("is never weaker than either, and is a requirement again", () => {
    fc.assert(
      fc.property(requirement, requirement, (a, b) => {
        const both = strictest(a, b);
        expect(isAsStrict(both, a) && isAsStrict(both, b)).toBe(true);
        expect(approvalRequirementSchema.parse(both)).toEqual(both);
      }),
    );
  });

  it("lets only who is in both groups approve", () => {
    const ops = { ...DEFAULT_APPROVAL, group: "ops", members: ["ada@example.com", "bo@example.com"] };
    const money = { ...DEFAULT_APPROVAL, group: "money", members: ["bo@example.com", "cy@example.com"] };
    expect(strictest(ops, money)).toMatchObject({ group: "money & ops", members: ["bo@example.com"] });
    expect(strictest(ops, DEFAULT_APPROVAL)).toEqual(ops);
  });
});

describe("the shape of what an approval takes", () => {
  it.each([
    ["three people", { people: 3 }],
    ["a viewer", { role: "viewer" }],
    ["a group without members", { group: "ops" }],
    ["a member in capitals", { group: "ops", members: ["Ada@example.com"] }],
    ["an empty text", { typed: "" }],
    ["no time at all", { expires_ms: 0 }],
    ["half a millisecond", { reminder_ms: 0.5 }],
    ["a field nobody knows", { colour: "red" }],
  ])("refuses %s", (_name, wrong) => {
    expect(approvalRequirementSchema.safeParse({ ...DEFAULT_APPROVAL, ...wrong }).success).toBe(false);
  });

  it("takes the default", () => {
    expect(approvalRequirementSchema.parse(DEFAULT_APPROVAL)).toEqual(DEFAULT_APPROVAL);
  });
});
