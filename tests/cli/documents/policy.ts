/** Policies, in force and simulated. */
import { z } from "zod";
import { at } from "./times.ts";

const verdict = z.enum(["queued", "held", "refused"]);
const simulatedTotal = {
  from: verdict,
  to: verdict,
  jobs: z.int(),
  ceiling_microusd: z.int(),
  cost_microusd: z.int(),
};
export const policySimulation = z.strictObject({
  since: at,
  seen: z.int(),
  active_version: z.int(),
  jobs: z.int(),
  changed: z.int(),
  changed_anyway: z.int(),
  totals: z.array(z.strictObject(simulatedTotal)),
  by_venture: z.array(z.strictObject({ ...simulatedTotal, venture: z.string() })),
  by_type: z.array(z.strictObject({ ...simulatedTotal, type: z.string() })),
  list: z.array(
    z.strictObject({
      id: z.uuid(),
      type: z.string(),
      venture: z.string(),
      from: verdict,
      to: verdict,
      was_rule: z.string().nullable(),
      rule: z.string(),
      reason: z.string(),
      ceiling_microusd: z.int(),
      approval: z.string().nullable(),
    }),
  ),
  cut: z.boolean(),
  warnings: z.array(z.string()),
});
const policyVersion = {
  version: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  reason: z.string().nullable(),
  activated_by: z.string(),
  activated_at: at,
};
export const policyHead = z.strictObject({ ...policyVersion, active: z.boolean() });
export const policyShown = z.strictObject({
  ...policyVersion,
  source: z.string(),
  document: z.unknown(),
  active: z.int(),
});
export const policyExplanation = z.strictObject({
  job: z.uuid(),
  state: z.string(),
  decided: z.boolean(),
  policy_version: z.int(),
  recorded: z.strictObject({ rule: z.string().nullable(), needs_approval: z.boolean() }),
  decision: z.looseObject({ decision: verdict, rule: z.string(), reasons: z.array(z.unknown()) }),
  facts: z.looseObject({}),
  rules: z.array(
    z.strictObject({ name: z.string(), outcome: z.unknown(), when: z.unknown(), failing: z.array(z.string()) }),
  ),
});
