import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { checkForm, formSchema } from "../src/index.ts";

const FIELDS = formSchema.parse([
  { name: "reach", type: "number", min: 1, max: 10, whole: true },
  { name: "rate", type: "number", min: -0.5, max: 0.5, required: false },
  { name: "note", type: "text", max: 5, required: false },
  { name: "tone", type: "choice", choices: ["calm", "loud"] },
  { name: "agreed", type: "boolean", required: false },
]);
const good = { reach: 3, tone: "calm" };
const problemsOf = (given: Record<string, unknown>) => checkForm(FIELDS, { ...good, ...given }).problems;

describe("what an approver fills in", () => {
  test("is read from text, and what was left empty is left out", () => {
    const given = { reach: "10", tone: "loud", agreed: "false", note: "", rate: "-0.25" };
    expect(checkForm(FIELDS, given)).toEqual({
      values: { reach: 10, tone: "loud", agreed: false, rate: -0.25 },
      problems: [],
    });
  });

  test.each([
    ["reach", 0],
    ["reach", 11],
    ["reach", 2.5],
    ["reach", "1e1"],
    ["reach", Number.NaN],
    ["reach", true],
    ["reach", ""],
    ["rate", 0.51],
    ["note", "longer"],
    ["note", 5],
    ["tone", "LOUD"],
    ["tone", null],
    ["agreed", "yes"],
    ["agreed", 1],
  ])("is refused as %s = %j, by its name", (field, value) => {
    expect(problemsOf({ [field]: value }).map((problem) => problem.field)).toEqual([field]);
  });

  test("a field that nobody declared is named, with the nearest that is", () => {
    expect(problemsOf({ raech: 3 })).toEqual([
      { field: "raech", message: "is not a field of this form; did you mean reach?" },
    ]);
    expect(checkForm([], { constructor: 1 }).problems).toHaveLength(1);
  });

  prop.prop([fc.dictionary(fc.constantFrom("reach", "rate", "note", "tone", "agreed", "x"), fc.jsonValue())])(
    "keeps only declared values that fit, and what it kept fits again",
    (given) => {
      const { values, problems } = checkForm(FIELDS, given);
      const again = checkForm(FIELDS, values);
      expect(again.values).toEqual(values);
      if (problems.length === 0) expect(again.problems).toEqual([]);
    },
  );
});

test.each([
  [
    "a name twice",
    [
      { name: "a", type: "boolean" },
      { name: "a", type: "boolean" },
    ],
  ],
  ["a range upside down", [{ name: "a", type: "number", min: 2, max: 1 }]],
  ["no choices", [{ name: "a", type: "choice", choices: [] }]],
  ["a type nobody knows", [{ name: "a", type: "date" }]],
  ["a name in capitals", [{ name: "A", type: "boolean" }]],
])("a form with %s is refused", (_name, fields) => {
  expect(formSchema.safeParse(fields).success).toBe(false);
});
