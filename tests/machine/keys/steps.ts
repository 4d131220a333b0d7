import fc from "fast-check";
import type { Strategy } from "../support/keyed.ts";

const WEIGHTS = {
  submit: 10,
  admit: 4,
  claim: 14,
  settle: 14,
  due: 5,
  cancel: 4,
  lose: 3,
  approve: 5,
  undo: 2,
  tend: 5,
  policy: 1,
  approver: 1,
  pause: 1,
  resume: 2,
} as const;
export type StepKind = keyof typeof WEIGHTS;

/** One call: n chooses, k says how many; `lock` says how many members of keys someone else has locked meanwhile. */
export interface Step {
  kind: StepKind;
  n: number;
  k: number;
  lock: number;
}
export interface History {
  strategy: Strategy;
  limit: number;
  steps: Step[];
}

const step: fc.Arbitrary<Step> = fc.record(
  {
    kind: fc.oneof(
      ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ weight, arbitrary: fc.constant(kind as StepKind) })),
    ),
    n: fc.nat(999),
    k: fc.integer({ min: 1, max: 5 }),
    lock: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) }),
  },
  { noNullPrototype: true },
);

export const histories: fc.Arbitrary<History> = fc.record(
  {
    strategy: fc.constantFrom<Strategy>("queue", "skip", "cancel_old", "newest_waiting"),
    limit: fc.integer({ min: 1, max: 2 }),
    steps: fc.array(step, { minLength: 5, maxLength: 100, size: "max" }),
  },
  { noNullPrototype: true },
);
