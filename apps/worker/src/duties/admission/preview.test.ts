import { EFFECT_KINDS, EFFECTS_NEEDING_APPROVAL, JOB_QUEUES, JOB_SIZES, checkPolicy } from "@holdpoint/policy";
import type { PreviewRow, SubmittedRow } from "@holdpoint/db/runtime";
import { defineJob, z } from "@holdpoint/sdk";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Catalogue } from "../../handlers/catalogue.ts";
import { decide, parsePayloadOf } from "./decide.ts";
import type { References } from "./decide.ts";
import { previewed, submissionOf } from "./submission.ts";

const some = <T extends string>(names: readonly T[]) => fc.subarray([...names], { minLength: 1 });
const rule = fc.record({
  when: fc.record(
    {
      type: fc.constantFrom("task", "other"),
      venture: fc.constantFrom("acme", "shop"),
      effects: some(EFFECT_KINDS),
      size: some(JOB_SIZES),
      submitted_by: some(["operator", "run", "schedule"]),
      ceiling_over: fc.integer({ min: 0, max: 3 }),
      urgent: fc.boolean(),
      trusted: fc.boolean(),
      demo: fc.boolean(),
      cap_set: fc.boolean(),
      isolated: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  outcome: fc.constantFrom<object>(
    { refuse: true },
    { approve: { people: 2 } },
    { approve: { role: "admin", typed: "GO" } },
    { allow: { rule: "effect_approval" } },
    { allow: { rule: "effect_approval", kinds: [EFFECTS_NEEDING_APPROVAL[0]] } },
    { allow: { rule: "type_approval" } },
  ),
});
const policy = fc
  .array(rule, { maxLength: 4 })
  .map((rules) =>
    checkPolicy({ format: 1, rules: rules.map(({ when, outcome }, n) => ({ name: `r${n}`, when, ...outcome })) }, 3),
  )
  .filter((checked) => checked.ok)
  .map((checked) => checked.policy);
const type = fc
  .record({
    version: fc.integer({ min: 1, max: 3 }),
    size: fc.constantFrom(...JOB_SIZES),
    queue: fc.constantFrom(undefined, ...JOB_QUEUES),
    effectKinds: fc.subarray([...EFFECT_KINDS]),
    approval: fc.boolean(),
    estimateMicrousd: fc.integer({ min: 0, max: 2_000_000 }),
    more: fc.integer({ min: 0, max: 2_000_000 }),
  })
  .map(({ more, queue, ...facts }) => {
    const catalogue = new Catalogue();
    const definition = defineJob({
      ...facts,
      ...(queue === undefined ? {} : { queue }),
      name: "task",
      ceilingMicrousd: facts.estimateMicrousd + more,
      payload: z.strictObject({ n: z.number().optional() }),
      timeoutMs: 1_000,
      run: () => null,
    });
    catalogue.add(definition, "test");
    const known = catalogue.get("task");
    if (known === undefined) throw new Error("not in the catalogue");
    return known;
  });
const question = fc.record({
  venture: fc.constantFrom("acme", "shop"),
  payload: fc.constantFrom<object>({}, { n: 1 }, { n: "x" }, { m: 1 }),
  urgent: fc.boolean(),
  isolation: fc.constantFrom("none", "unknown", "bubblewrap"),
  trusted: fc.boolean(),
  demo: fc.boolean(),
  cap_set: fc.boolean(),
});
const references = fc.constantFrom<References>(
  { kind: "none" },
  { kind: "resolved", refs: { commit: "c" } },
  { kind: "refused", field: "payload.ref", message: "there is no branch x" },
);

test("a preview says what admission decides, whatever the job, its type, its venture and the policy", () => {
  fc.assert(
    fc.property(type, question, references, policy, (known, asked, refs, rules) => {
      const { venture, payload, urgent, isolation, ...facts } = asked;
      const venture_facts = {
        url: null,
        repository: null,
        build_command: null,
        allow_private_addresses: false,
        ...facts,
      };
      const announced = known.announcement;
      const preview: PreviewRow = {
        id: "p",
        venture,
        request: { type: "task", venture, payload, urgent },
        venture_facts,
        worker_isolation: isolation,
        announced_version: announced.version,
      };
      // As submit_job() stores it.
      const job: SubmittedRow = {
        id: "j",
        seq: 1,
        type: "task",
        type_version: announced.version,
        venture,
        payload,
        urgent,
        queue_hint: urgent ? "priority" : (announced.queue ?? "job"),
        estimate_microusd: String(announced.estimate_microusd),
        ceiling_microusd: String(announced.ceiling_microusd),
        admit_tries: 0,
        submitted_by_kind: "operator",
        started: false,
        previous_plan_hash: null,
        replay: null,
        venture_facts,
        worker_isolation: isolation,
      };
      const parsed = parsePayloadOf(known, payload);
      const said = decide(previewed(preview), known, parsed, refs, rules);
      const done = decide(submissionOf(job), known, parsed, refs, rules);
      expect(said.decision).toEqual(done.decision);
      expect(said.plan).toEqual(done.plan);
      expect(said.ceilingMicrousd).toBe(done.ceilingMicrousd);
    }),
    { numRuns: 500 },
  );
});
