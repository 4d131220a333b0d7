import { BUILT_IN_POLICY } from "@holdpoint/policy";
import { defineJob, z } from "@holdpoint/sdk";
import { expect, test } from "vitest";
import { Catalogue } from "../../handlers/catalogue.ts";
import { decide as decideBy, parsePayloadOf } from "./decide.ts";
import type { ParsedPayload, References, Submission } from "./decide.ts";

const catalogue = new Catalogue();
catalogue.add(
  defineJob({
    name: "greet",
    version: 2,
    payload: z.strictObject({ who: z.string() }),
    size: "medium",
    effectKinds: ["deploy", "contact"],
    estimateMicrousd: 5,
    ceilingMicrousd: 9,
    timeoutMs: 1_000,
    run: () => null,
  }),
  "test",
);
const type = catalogue.get("greet") ?? null;
const submission: Submission = {
  type: "greet",
  typeVersion: 1,
  venture: "acme",
  payload: { who: "you" },
  urgent: false,
  queueHint: null,
  replay: null,
  submittedByKind: "operator",
  estimateMicrousd: null,
  ceilingMicrousd: null,
  ventureFacts: {
    trusted: false,
    url: null,
    repository: null,
    build_command: null,
    allow_private_addresses: false,
    demo: false,
    cap_set: false,
  },
  isolation: "bubblewrap",
};

const decide = (asked: Submission, known: typeof type, parsed: ParsedPayload | null, references: References) =>
  decideBy(asked, known, parsed, references, BUILT_IN_POLICY);

test("the plan names everything that decides what will run, and its hash does not depend on key order", () => {
  const one = decide({ ...submission, payload: { a: 1, b: 2 } }, type, null, {
    kind: "resolved",
    refs: { commit: "c" },
  });
  const two = decide({ ...submission, payload: { b: 2, a: 1 } }, type, null, {
    kind: "resolved",
    refs: { commit: "c" },
  });
  expect(one.plan.hash).toEqual(two.plan.hash);
  expect(JSON.parse(one.plan.body)).toEqual({
    type: "greet",
    type_version: 2,
    venture: "acme",
    payload: { a: 1, b: 2 },
    refs: { commit: "c" },
    ceiling_microusd: 9,
    effect_kinds: ["contact", "deploy"],
    secrets: [],
  });
});

test("another reference, payload, ceiling or version is another plan", () => {
  const hash = (change: Partial<Submission>, commit = "c") =>
    decide({ ...submission, ...change }, type, null, { kind: "resolved", refs: { commit } }).plan.hash.toString("hex");
  expect(
    new Set([hash({}), hash({}, "d"), hash({ payload: {} }), hash({ ceilingMicrousd: 10 }), hash({ venture: "b2" })])
      .size,
  ).toBe(5);
});

test("what does not fit the type is refused, naming the field", () => {
  if (type === null) throw new Error("not in the catalogue");
  const parsed = parsePayloadOf(type, { who: 5 });
  const { decision } = decide(submission, type, parsed, { kind: "none" });
  expect(decision).toMatchObject({ decision: "refused", rule: "bad_payload", field: "payload.who" });
});

test("an unknown type and a reference that is refused are refusals with a reason", () => {
  expect(decide(submission, null, null, { kind: "none" }).decision).toMatchObject({
    decision: "refused",
    rule: "unknown_type",
  });
  const references = { kind: "refused", field: "payload.ref", message: "there is no branch x" } as const;
  expect(decide(submission, type, null, references).decision).toMatchObject({
    rule: "bad_reference",
    reason: "there is no branch x",
  });
});
