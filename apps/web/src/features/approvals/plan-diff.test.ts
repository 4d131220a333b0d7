import { expect, it } from "vitest";
import { effectsInWords, parsePlan, planDiff, type PlanBody } from "./plan-diff.ts";

const plan: PlanBody = {
  type: "mail",
  type_version: 7,
  venture: "acme",
  payload: { list: "weekly", recipients: 380, tags: [] },
  refs: null,
  ceiling_microusd: 3_800_000,
  effect_kinds: ["contact"],
  secrets: ["SMTP_KEY"],
};

it("finds each field that differs, and nothing else", () => {
  const after = { ...plan, payload: { list: "weekly", recipients: 412, extra: true }, ceiling_microusd: 4_120_000 };
  expect(planDiff(plan, after)).toEqual([
    { path: "payload.recipients", before: "380", after: "412" },
    { path: "payload.tags", before: "none", after: "absent" },
    { path: "ceiling_microusd", before: "3800000", after: "4120000" },
    { path: "payload.extra", before: "absent", after: "true" },
  ]);
  expect(planDiff(plan, structuredClone(plan))).toEqual([]);
});

it("refuses what is not a plan", () => {
  expect(parsePlan(JSON.stringify(plan))).toEqual(plan);
  for (const text of [null, "", "{", "{}", "[]"]) expect(parsePlan(text)).toBeNull();
});

it("says in words what happens outside", () => {
  expect(effectsInWords(["contact", "spend"])).toBe("contacts people, spends money");
  expect(effectsInWords([])).toBe("");
});
