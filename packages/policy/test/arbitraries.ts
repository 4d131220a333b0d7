import { fc } from "@fast-check/vitest";
import {
  type AdmissionFacts,
  checkPolicy,
  EFFECT_KINDS,
  EFFECTS_NEEDING_APPROVAL,
  JOB_QUEUES,
  JOB_SIZES,
  type Policy,
  RELAXABLE_RULES,
  SUBMITTER_KINDS,
  type TypeFacts,
} from "../src/index.ts";

const typeFacts: fc.Arbitrary<TypeFacts> = fc.record({
  name: fc.constantFrom("health_scan", "build", "send_mail"),
  version: fc.integer({ min: 1, max: 5 }),
  size: fc.constantFrom(...JOB_SIZES),
  queue: fc.constantFrom(null, ...JOB_QUEUES),
  effectKinds: fc.subarray([...EFFECT_KINDS]),
  approval: fc.boolean(),
});
export const anyFacts: fc.Arbitrary<AdmissionFacts> = fc.record({
  typeName: fc.constantFrom("health_scan", "build", "nothing"),
  typeVersion: fc.option(fc.integer({ min: 1, max: 6 })),
  type: fc.option(typeFacts),
  payloadProblem: fc.option(fc.constant({ field: "payload.urls[0]", message: "payload.urls[0]: not a URL" })),
  referenceProblem: fc.option(fc.constant({ field: "payload.ref", message: "no such branch" })),
  urgent: fc.boolean(),
  queueHint: fc.constantFrom(null, ...JOB_QUEUES),
  submittedByKind: fc.constantFrom("operator", "schedule", "webhook", "run"),
  estimateMicrousd: fc.integer({ min: 0, max: 10 }),
  ceilingMicrousd: fc.integer({ min: 0, max: 10 }),
  venture: fc.record({
    key: fc.constant("acme"),
    trusted: fc.boolean(),
    demo: fc.boolean(),
    capSet: fc.boolean(),
  }),
  isolation: fc.constantFrom("none", "unknown", "bubblewrap"),
});

const list = <T extends string>(...names: T[]) => fc.subarray(names, { minLength: 1 });
const given = { requiredKeys: [] as never[] };
const when = fc.record(
  {
    type: list("health_scan", "build", "send_mail"),
    venture: list("acme", "shop"),
    effects: list(...EFFECT_KINDS),
    size: list(...JOB_SIZES),
    submitted_by: list(...SUBMITTER_KINDS),
    ceiling_over: fc.integer({ min: 0, max: 5 }).map((n) => `0.00000${n}`),
    ceiling_up_to: fc.integer({ min: 6, max: 9 }).map((n) => `0.00000${n}`),
    urgent: fc.boolean(),
    trusted: fc.boolean(),
    demo: fc.boolean(),
    cap_set: fc.boolean(),
    isolated: fc.boolean(),
  },
  given,
);
const approve = fc.record(
  {
    people: fc.constantFrom(1, 2),
    role: fc.constantFrom("approver", "admin"),
    group: fc.constantFrom("money", "board"),
    typed: fc.constantFrom("YES", "DEPLOY"),
    expires: fc.constantFrom("1h", "2d"),
    reminder: fc.constantFrom("5m", "30m"),
    covers_retries: fc.boolean(),
  },
  given,
);
const allow = fc.oneof(
  fc.record({ rule: fc.constantFrom(...RELAXABLE_RULES) }),
  fc.record({ rule: fc.constant("effect_approval"), kinds: list(...EFFECTS_NEEDING_APPROVAL) }),
);
const outcome = fc.oneof(
  fc.constant({ refuse: true }),
  approve.map((given) => ({ approve: given })),
  allow.map((given) => ({ allow: given })),
);

/** Documents of well-formed policies; some contradict themselves. */
export const anyDocument = fc.array(fc.tuple(when, outcome), { maxLength: 6 }).map((rules) => ({
  format: 1,
  groups: { money: ["ada@example.com", "bob@example.com"], board: ["bob@example.com", "cy@example.com"] },
  rules: rules.map(([conditions, result], at) => ({ name: `rule_${at}`, when: conditions, ...result })),
}));

/** Policies that a fleet could have. */
export const anyPolicy: fc.Arbitrary<Policy> = anyDocument
  .map((document) => checkPolicy(document, 7))
  .filter((checked) => checked.ok)
  .map((checked) => checked.policy);
